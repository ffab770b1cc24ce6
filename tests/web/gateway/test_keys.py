"""Only a right key is answered, and a wrong one learns nothing."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from tests.support.gateways import KEY, Gateway, said
from tests.support.samples import NOW
from tracker.lib.times import MINUTE
from tracker.web.gateway import keys
from tracker.web.gateway.keys import FREE, MOST_ADDRESSES, WrongKeys


@pytest.fixture
def gateway(tmp_path: Path) -> Gateway:
    made = Gateway(tmp_path)
    made.read_balance("1", "USD")
    return made


@pytest.mark.parametrize("key", ["", "x", KEY[:-1], KEY + "x", KEY.upper(), " " + KEY, "ключ", "p-panel-key"])
def test_a_wrong_key_is_answered_as_panels_do(gateway: Gateway, key: str) -> None:
    response = gateway.send(data={"key": key, "action": "balance"})

    assert (response.status_code, said(response)) == (200, {"error": "Invalid API key"})


def test_a_wrong_key_does_not_learn_which_actions_there_are(gateway: Gateway) -> None:
    assert gateway.ask("nonsense", key="x") == {"error": "Invalid API key"}


def test_many_wrong_keys_are_refused_and_right_ones_are_not(gateway: Gateway) -> None:
    codes = [gateway.send(data={"key": str(n)}).status_code for n in range(1000)]

    assert codes == [200] * FREE + [429] * (1000 - FREE)
    assert gateway.ask("balance") == {"balance": "1", "currency": "USD"}
    assert gateway.send(data={}, environ_overrides={"REMOTE_ADDR": "127.0.0.2"}).status_code == 200
    gateway.now += MINUTE
    assert gateway.send(data={}).status_code == 200


def test_wrong_keys_from_everywhere_take_bounded_memory() -> None:
    wrong = WrongKeys()
    for number in range(MOST_ADDRESSES + 500):
        wrong.count(f"10.0.{number >> 8}.{number & 255}", NOW)

    assert len(wrong._seen) == MOST_ADDRESSES


def test_a_clock_that_is_set_back_begins_a_new_window() -> None:
    wrong = WrongKeys()
    wrong.count("a", NOW)

    assert wrong.count("a", NOW + 1) == 2
    assert wrong.count("a", NOW - MINUTE) == 1
    assert wrong.count("a", NOW - 1) == keys.FREE - 18


def test_no_key_is_in_an_answer_or_a_log(gateway: Gateway, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    answers = [
        gateway.send(data={"key": key, "action": "add"}).get_data() for key in (KEY, "wrong-key-of-theirs")
    ]
    answers += [gateway.send(data={"key": "wrong-key-of-theirs"}).get_data() for _ in range(FREE + 5)]

    assert not any(b"wrong-key" in body or KEY.encode() in body for body in answers)
    assert "wrong-key" not in caplog.text
    assert KEY not in caplog.text
