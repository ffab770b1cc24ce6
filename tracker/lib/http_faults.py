"""Says in a sentence for people why a request got no whole answer, and what to do. No text of a library is passed on.

Each table goes from what was seen to what it means. `{host}` is the address as it is in the config.
"""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Iterator, Mapping

import httpcore

OPERATOR = "only its operator can mend that"

NO_WAY = "this machine has no way to {host}; check its network, and the address"
NOT_TRUSTED = "the certificate of {host} cannot be trusted; " + OPERATOR
UNKNOWN_NAME = "no server has the name of {host}; check how it is spelt, and this machine's DNS"

_SYSTEM: Mapping[int, str] = {
    errno.ECONNREFUSED: "{host} takes no connections; check the address and its port, or its server is down",
    errno.ECONNRESET: "{host} broke the connection off before it was open; its server or a firewall does that",
    errno.ETIMEDOUT: "{host} did not take the connection in time; check the address, or its server is down",
    errno.EHOSTUNREACH: NO_WAY,
    errno.ENETUNREACH: NO_WAY,
    errno.EADDRNOTAVAIL: NO_WAY,
    errno.EAFNOSUPPORT: NO_WAY,
    errno.EINVAL: NO_WAY,
    errno.EACCES: "this machine forbids connections to {host}; check its firewall",
    errno.EPERM: "this machine forbids connections to {host}; check its firewall",
    errno.EMFILE: "too many files and connections are open in this process; raise its limit (LimitNOFILE=)",
    errno.ENFILE: "too many files and connections are open on this machine; close other programs",
    errno.ENOBUFS: "this machine has no memory left for connections; close other programs",
}
"""What the system says when a connection cannot be opened."""

_LOOKUP: Mapping[int, str] = {
    socket.EAI_AGAIN: "the name of {host} cannot be looked up now; check this machine's network and DNS",
    socket.EAI_MEMORY: "this machine has no memory left; close other programs",
}
"""What looking up a name says; everything else means that there is no such name."""

_CERTIFICATE: Mapping[int, str] = {
    9: "the certificate of {host} is not valid yet; check this machine's clock",
    10: "the certificate of {host} has expired; its operator must renew it, or this machine's clock is wrong",
    18: "the certificate of {host} is signed by nobody else; if it is yours, name its file in SSL_CERT_FILE",
    19: "the certificate of {host} is signed by an authority that nobody knows; if you trust it, name its file in "
    "SSL_CERT_FILE",
    20: "this machine does not know who signed the certificate of {host}; update its package ca-certificates, or name "
    "the signer's file in SSL_CERT_FILE",
    21: "{host} does not send the whole chain of its certificate; " + OPERATOR,
    23: "the certificate of {host} was revoked; " + OPERATOR,
    62: "the certificate that {host} shows is for another name; check the address",
    64: "the certificate that {host} shows is for another name; check the address",
}
"""OpenSSL's `X509_V_ERR_…` (openssl/x509_vfy.h), and what they mean."""

_NO_TLS = (
    "what answers at {host} does not speak TLS; check the port, or write http:// for a server that has none"
)
_OLD_TLS = "{host} speaks only a TLS that is too old to be safe; its operator must allow TLS 1.2 or newer"
_NO_COMMON_TLS = "{host} and this machine know no common way to encrypt; its operator must allow a modern one"
_WANTS_OURS = (
    "{host} wants a certificate from its callers, and tracker has none; ask its operator for another address"
)

_TLS: tuple[tuple[str, str], ...] = (
    ("WRONG_VERSION_NUMBER", _NO_TLS),
    ("HTTP_REQUEST", _NO_TLS),
    ("RECORD_LAYER_FAILURE", _NO_TLS),
    ("PACKET_LENGTH_TOO_LONG", _NO_TLS),
    ("PROTOCOL_VERSION", _OLD_TLS),
    ("UNSUPPORTED_PROTOCOL", _OLD_TLS),
    ("VERSION_TOO_LOW", _OLD_TLS),
    ("CERTIFICATE_REQUIRED", _WANTS_OURS),
    ("ALERT_UNKNOWN_CA", _WANTS_OURS),
    ("ALERT_BAD_CERTIFICATE", _WANTS_OURS),
    ("UNRECOGNIZED_NAME", "{host} serves no site of that name; check the address"),
    ("HANDSHAKE_FAILURE", _NO_COMMON_TLS),
    ("CIPHER", _NO_COMMON_TLS),
    ("KEY_TOO_SMALL", _NO_COMMON_TLS),
    (
        "EOF",
        "{host} broke the connection off while encryption was agreed on; check the port, and that it has TLS",
    ),
)
"""A part of OpenSSL's reason, and what it means."""

_BEGINNINGS: tuple[tuple[bytes, str], ...] = (
    (b"\x15\x03", "{host} answers only over TLS; write https:// in its address"),
    (b"\x16\x03", "{host} answers only over TLS; write https:// in its address"),
    (b"SSH-", "what answers at {host} is an SSH server; check the port"),
    (b"220", "what answers at {host} is a mail or FTP server; check the port"),
    (b"+OK", "what answers at {host} is a mail server; check the port"),
    (b"RTSP", "what answers at {host} is a media server; check the port"),
    (b"\x00\x00", "what answers at {host} speaks HTTP/2 only, or another protocol; check the port"),
    (b"{", "{host} sent JSON without the head that HTTP puts before it; " + OPERATOR),
    (b"[", "{host} sent JSON without the head that HTTP puts before it; " + OPERATOR),
    (b"<", "{host} sent a page without the head that HTTP puts before it; " + OPERATOR),
)
"""The first bytes of an answer that is not HTTP, and what they mean."""

_NOT_HTTP = "what {host} sent is not HTTP; check the address and the port, or its server is broken"

_PROTOCOL: tuple[tuple[str, str], ...] = (
    ("peer closed", "{host} closed the connection in the middle of its answer"),
    ("without sending", "{host} closed the connection in the middle of its answer"),
    ("illegal header line", "{host} sent a broken line among its headers; " + OPERATOR),
    ("continuation line", "{host} sent a broken line among its headers; " + OPERATOR),
    ("Receive buffer", "{host} sent more headers than can be read; " + OPERATOR),
    ("Content-Length", "{host} does not say rightly how long its answer is; " + OPERATOR),
    ("Transfer-Encoding", "{host} sent its answer in a coding that cannot be read; " + OPERATOR),
    ("chunk", "{host} sent its answer in parts that do not fit together; " + OPERATOR),
    ("status", "{host} sent an answer with a broken first line; " + OPERATOR),
)
"""A part of what the reader of HTTP finds wrong, and what it means."""


def fault(error: Exception, host: str, *, answered: bool, began: bytes, secure: bool) -> str:
    """Say why a request has failed. `answered`: its status was read; `began`: the first bytes that came."""
    return _sentence(error, answered, began, secure).format(host=host)


def _sentence(error: Exception, answered: bool, began: bytes, secure: bool) -> str:
    match error:
        case httpcore.RemoteProtocolError():
            return _protocol(str(error), answered, began, secure)
        case httpcore.ConnectError() | UnicodeError():
            return _no_connection(error)
        case httpcore.NetworkError():
            return _broken(error, answered, secure)
        case _:
            kind = type(error).__name__
            return f"asking {{host}} failed in a way that tracker does not know ({kind}); please report it"


def _no_connection(error: BaseException) -> str:
    """Say why a connection could not be opened, by the innermost cause that is known."""
    for cause in _causes(error):
        match cause:
            case ssl.SSLCertVerificationError():
                return _CERTIFICATE.get(cause.verify_code, NOT_TRUSTED)
            case ssl.SSLError():
                return _first(_TLS, str(cause.reason), _NO_COMMON_TLS)
            case socket.gaierror():
                return _LOOKUP.get(cause.errno or 0, UNKNOWN_NAME)
            case UnicodeError():
                return UNKNOWN_NAME
            case OSError() if (known := _SYSTEM.get(cause.errno or 0)) is not None:
                return known
    return "no connection to {host} could be opened; check the address, and this machine's network"


def _protocol(text: str, answered: bool, began: bytes, secure: bool) -> str:
    if "without sending a response" in text and not began:
        return f"{{host}} closed the connection without an answer{_hint(secure)}"
    if answered or began.startswith(b"HTTP/"):
        return _first(_PROTOCOL, text, "{host} sent a broken answer; " + OPERATOR)
    found = next((sentence for start, sentence in _BEGINNINGS if began.startswith(start)), None)
    return found or _NOT_HTTP


def _broken(error: BaseException, answered: bool, secure: bool) -> str:
    """Say how a connection broke that was open."""
    if any(isinstance(cause, ssl.SSLError) and _tls(cause) == _WANTS_OURS for cause in _causes(error)):
        return _WANTS_OURS
    when = "in the middle of its answer" if answered else "before its answer"
    return f"the connection to {{host}} broke {when}{'' if answered else _hint(secure)}"


def _tls(error: ssl.SSLError) -> str:
    return _first(_TLS, str(error.reason), "")


def _hint(secure: bool) -> str:
    """Say what a server does that wants TLS and gets none."""
    return "" if secure else "; if it is only reached over TLS, write https:// in its address"


def _first(table: tuple[tuple[str, str], ...], text: str, other: str) -> str:
    return next((sentence for part, sentence in table if part in text), other)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception and all that it came from."""
    link: BaseException | None = error
    while link is not None:
        yield link
        link = link.__cause__ or link.__context__
