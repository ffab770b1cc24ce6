from __future__ import annotations

import base64
import time

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from tracker.lib.webhook_signature import headers, key_of

KEY = bytes(range(32))


@pytest.mark.parametrize(
    ("secret", "key"),
    [
        ("whsec_" + base64.b64encode(KEY).decode(), KEY),
        ("whsec_" + base64.b64encode(KEY).decode().rstrip("="), KEY),
        ("hush-hush-42", b"hush-hush-42"),
        ("کلید", "کلید".encode()),
        ("whsec-x", b"whsec-x"),
    ],
)
def test_a_secret_is_base64_after_its_prefix_and_else_the_key_itself(secret: str, key: bytes) -> None:
    assert key_of(secret) == key


@pytest.mark.parametrize("secret", ["whsec_", "whsec_=", "whsec_###", "whsec_a", "whsec_hush hush"])
def test_what_is_no_base64_after_the_prefix_is_refused_without_being_shown(secret: str) -> None:
    with pytest.raises(ValueError, match="after whsec_ comes base64") as fault:
        key_of(secret)
    assert "hush" not in str(fault.value)


@pytest.mark.parametrize("body", [b"{}", '{"title":"سفارش 7"}'.encode()])
def test_a_signature_is_what_the_library_of_the_specification_verifies(body: bytes) -> None:
    sent = headers(KEY, "alert_1_2", int(time.time()), body)
    library = Webhook(KEY)

    assert library.verify(body, sent) is not None
    for name, other in (("webhook-id", "alert_1_3"), ("webhook-timestamp", str(int(time.time()) - 1))):
        with pytest.raises(WebhookVerificationError):
            library.verify(body, {**sent, name: other})
    with pytest.raises(WebhookVerificationError):
        library.verify(body + b" ", sent)
