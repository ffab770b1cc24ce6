"""Which certificates are trusted: the environment may name others, and may name what is none."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from pathlib import Path

FILE, FOLDER = "SSL_CERT_FILE", "SSL_CERT_DIR"
"""The variables that OpenSSL looks at."""

OF_ALERTS = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
"""Those that are looked at where alerts are sent: a file or a folder."""


class TrustFault(Exception):
    """Certificates that the environment names cannot be used; the text says which, and what to do."""


def fault(environ: Mapping[str, str]) -> str | None:
    """Say which variable names certificates that cannot be used, and what to do; None when all is well."""
    file, folder = environ.get(FILE), environ.get(FOLDER)
    if file:
        return _fault_of_file(file)
    # OpenSSL says nothing about a folder that is not there, and trusts nobody.
    return _missing(FOLDER, folder) if folder and not Path(folder).is_dir() else None


def fault_for_alerts(environ: Mapping[str, str]) -> str | None:
    """Say the same of the variables that only alerts go by."""
    named = ((name, environ[name]) for name in OF_ALERTS if environ.get(name))
    return next((_missing(name, value) for name, value in named if not Path(value).exists()), None)


def _fault_of_file(file: str) -> str | None:
    if not Path(file).is_file():
        return _missing(FILE, file)
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(file)
    except OSError:  # ssl.SSLError is one
        return (
            f"{FILE} names {file}, which holds no certificate that can be read; name a file in PEM format, "
            "or unset it"
        )
    return None


def _missing(name: str, value: str) -> str:
    return f"{name} names {value}, which does not exist; name what holds certificates, or unset it"
