"""Tells systemd how the daemon is."""

from __future__ import annotations

import os
import socket

import structlog

log = structlog.get_logger(__name__)


def notify_systemd(message: str) -> bool:
    """Tell systemd how the daemon is; False when it does not listen."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return False
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
            channel.settimeout(1.0)
            channel.sendto(message.encode(), "\0" + address[1:] if address[0] == "@" else address)
    except OSError as error:
        log.warning("systemd.notify_failed", why=str(error))
        return False
    return True
