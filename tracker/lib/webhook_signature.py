"""Signs webhooks as the specification Standard Webhooks says, so that receivers can use its libraries. Pure.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

PREFIX = "whsec_"
"""What a secret begins with that is the base64 of random bytes, as the specification writes them."""


def key_of(secret: str) -> bytes:
    """Return the key that a secret stands for; ValueError, with a sentence for the user, when it stands for none.

    A secret without the prefix is the key as it is written, in UTF-8.
    """
    if not secret.startswith(PREFIX):
        return secret.encode()
    encoded = secret.removeprefix(PREFIX).rstrip("=")
    try:
        key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except binascii.Error:
        key = b""
    if not key:
        raise ValueError(
            f"after {PREFIX} comes base64: make one with `echo {PREFIX}$(openssl rand -base64 32)`, or write "
            "another text"
        )
    return key


def headers(key: bytes, message_id: str, seconds: int, body: bytes) -> dict[str, str]:
    """Return the headers that prove who sent a body, and when (seconds since 1970).

    `message_id` has no dot in it, and is the same each time that the same message is sent.
    """
    signed = b".".join((message_id.encode(), str(seconds).encode(), body))
    signature = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": f"v1,{signature}",
    }
