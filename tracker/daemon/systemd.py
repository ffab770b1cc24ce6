"""Tells systemd how the daemon is."""

from __future__ import annotations

import os
import socket
import time

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


def notify_reloading() -> bool:
    """Tell systemd that the config is read again; `READY=1` must follow. Its source: sd_notify(3)."""
    return notify_systemd(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")
