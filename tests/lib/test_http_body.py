from __future__ import annotations

import gzip
import random
import zlib

import pytest

from tracker.lib.http_body import BoundedBody


def unpacked(packed: bytes, encoding: str, limit: int = 1000, step: int = 1) -> BoundedBody:
    body = BoundedBody(encoding, limit)
    for at in range(0, len(packed), step):
        if not body.feed(packed[at : at + step]):
            break
    body.end()
    return body


@pytest.mark.parametrize("step", [1, 2, 7, 10_000])
@pytest.mark.parametrize("encoding", ["", "identity", "gzip", "X-GZip", " deflate"])
def test_a_body_is_the_same_in_whatever_pieces_it_comes(encoding: str, step: int) -> None:
    plain = random.Random(1).randbytes(900)
    name = encoding.strip().lower()
    packed = gzip.compress(plain) if "gzip" in name else zlib.compress(plain) if name == "deflate" else plain
    body = unpacked(packed, encoding, step=step)
    assert (body.data, body.fault) == (plain, None)


@pytest.mark.parametrize("encoding", ["", "gzip"])
def test_the_limit_itself_is_still_allowed_and_one_byte_more_is_not(encoding: str) -> None:
    pack = gzip.compress if encoding else bytes
    assert unpacked(pack(b"x" * 1000), encoding).fault is None
    over = unpacked(pack(b"x" * 1001), encoding)
    assert over.fault == "the answer is longer than 1,000 bytes"
    assert over.data == b"x" * 1000


def test_every_cut_of_a_packed_body_is_noticed() -> None:
    packed = gzip.compress(b'{"order": 123456}')
    for length in range(1, len(packed)):
        assert unpacked(packed[:length], "gzip").fault is not None


def test_an_empty_body_is_whole_whatever_it_says_it_is_packed_with() -> None:
    assert unpacked(b"", "gzip").fault is None


def test_bytes_after_the_packed_body_are_noticed_but_padding_is_not() -> None:
    packed = gzip.compress(b"{}")
    assert unpacked(packed + b"\0\0\0", "gzip", step=5).fault is None
    assert (
        unpacked(packed + b"{}", "gzip", step=5).fault
        == "the answer goes on after the end of its packed body"
    )


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip"])
def test_a_packing_that_nobody_asked_for_is_a_fault(encoding: str) -> None:
    body = unpacked(b"abc", encoding)
    assert body.data == b""
    assert body.fault == f"the answer is packed with {encoding!r}, which cannot be read"


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_rubbish_is_damaged(encoding: str) -> None:
    body = unpacked(b"\xff\xfe rubbish", encoding)
    assert body.fault == "the answer's packed body is damaged"
