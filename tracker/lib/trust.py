"""Which certificates are trusted: the environment may name others, and may name what is none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

FILE, FOLDER, LOG = "SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE"
"""The variables that OpenSSL and Python look at."""


class TrustFault(Exception):
    """A variable names certificates that cannot be used; the text says which, and what to do."""


def check(environ: Mapping[str, str]) -> None:
    """Raise TrustFault when a file or folder of certificates is named that does not exist."""
    file, folder = environ.get(FILE), environ.get(FOLDER)
    if file and not Path(file).is_file():
        raise TrustFault(
            f"{FILE} names {file}, and there is no such file; name one with certificates, or unset it"
        )
    # OpenSSL says nothing about a folder that is not there, and trusts nobody.
    if folder and not file and not Path(folder).is_dir():
        raise TrustFault(
            f"{FOLDER} names {folder}, and there is no such folder; name one with certificates, or unset it"
        )


@contextmanager
def explained(environ: Mapping[str, str]) -> Iterator[None]:
    """Turn what OpenSSL says about a variable's file into a TrustFault."""
    try:
        yield
    except OSError as error:  # ssl.SSLError is one
        log, file = environ.get(LOG), environ.get(FILE)
        if log and error.filename == log:
            raise TrustFault(f"{LOG} names {log}, which cannot be written; unset it") from None
        if file:
            raise TrustFault(
                f"{FILE} names {file}, which holds no certificate that can be read; name a file in PEM format, "
                "or unset it"
            ) from None
        raise TrustFault(
            "the certificates that this machine trusts cannot be read; install tracker again"
        ) from None
