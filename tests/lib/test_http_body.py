from __future__ import annotations

import gzip
import random
import zlib

import pytest

from tracker.lib.http_body import BoundedBody


def body_of(raw: bytes, encoding: str, limit: int = 1000, step: int = 1) -> BoundedBody:
    body = BoundedBody(encoding, limit)
    for at in range(0, len(raw), step):
        if not body.feed(raw[at : at + step]):
            break
    body.end()
    return body


@pytest.mark.parametrize("step", [1, 2, 7, 10_000])
@pytest.mark.parametrize("encoding", ["", "identity", "gzip", "X-GZip", " deflate"])
def test_a_body_is_the_same_whatever_chunks_it_comes_in(encoding: str, step: int) -> None:
    plain = random.Random(1).randbytes(900)
    name = encoding.strip().lower()
    compressed = (
        gzip.compress(plain) if "gzip" in name else zlib.compress(plain) if name == "deflate" else plain
    )
    body = body_of(compressed, encoding, step=step)
    assert (body.data, body.fault) == (plain, None)


@pytest.mark.parametrize("encoding", ["", "gzip"])
def test_the_limit_itself_is_still_allowed_and_one_byte_more_is_not(encoding: str) -> None:
    compress = gzip.compress if encoding else bytes
    assert body_of(compress(b"x" * 1000), encoding).fault is None
    over = body_of(compress(b"x" * 1001), encoding)
    assert over.fault == "the answer is longer than the limit of 1,000 bytes"
    assert over.data == b"x" * 1000


def test_every_cut_of_a_compressed_body_is_noticed() -> None:
    compressed = gzip.compress(b'{"order": 123456}')
    for length in range(1, len(compressed)):
        assert body_of(compressed[:length], "gzip").fault is not None


def test_an_empty_body_is_whole_whatever_encoding_it_claims() -> None:
    assert body_of(b"", "gzip").fault is None


@pytest.mark.parametrize("step", [1, 2, 5, 1000])
@pytest.mark.parametrize("after", [b"", b"\0\0\0", b"{}", b"\r\n<!-- cached -->", b"\0\0x", b"\x1f\x8b\x00"])
def test_what_follows_a_compressed_body_and_is_no_part_of_it_is_left_out(after: bytes, step: int) -> None:
    body = body_of(gzip.compress(b"{}") + after, "gzip", step=step)
    assert (body.data, body.fault) == (b"{}", None)


@pytest.mark.parametrize("between", [b"", b"\0\0"])
@pytest.mark.parametrize("step", [1, 2, 3, 7, 1000])
def test_a_body_in_several_members_is_read_to_the_end(step: int, between: bytes) -> None:
    parts = (b'{"order":', b"", b" 104}")
    body = body_of(between.join(map(gzip.compress, parts)), "gzip", step=step)
    assert (body.data, body.fault) == (b'{"order": 104}', None)


def test_a_second_member_that_is_cut_short_or_damaged_is_noticed() -> None:
    first, second = gzip.compress(b'{"order": 104'), gzip.compress(b"5}")
    for length in range(1, len(second)):
        assert body_of(first + second[:length], "gzip").fault is not None
    assert body_of(first + second[:-8] + b"12345678", "gzip").fault is not None


def test_the_limit_counts_all_members_together() -> None:
    body = body_of(gzip.compress(b"x" * 600) * 2, "gzip")
    assert (len(body.data), body.fault) == (1000, "the answer is longer than the limit of 1,000 bytes")


NO_ENCODING = [
    "UTF-8",
    "utf8",
    "none",
    "None",
    "identity, identity",
    "8bit",
    "binary",
    "text/html",
    ",",
    "off",
    "*",
]


@pytest.mark.parametrize("step", [1, 1000])
@pytest.mark.parametrize(
    "encoding", [*NO_ENCODING, "", "identity", "gzip", "identity, gzip", "gzip, identity"]
)
def test_what_names_no_encoding_or_one_that_is_not_used_is_read_as_it_is(encoding: str, step: int) -> None:
    plain = b'{"order": 104}'
    for raw in (plain, gzip.compress(plain)):
        body = body_of(raw, encoding, step=step)
        assert (body.data, body.fault) == (plain, None)


@pytest.mark.parametrize("raw", [b"\x1f", b"\x1f\x8b", b"x", b"1"])
def test_a_body_of_a_few_bytes_is_read_as_it_is(raw: bytes) -> None:
    assert (body_of(raw, "UTF-8").data, body_of(raw, "").fault) == (raw, None)


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "deflate, gzip", "compress"])
def test_an_encoding_that_was_not_offered_is_a_fault(encoding: str) -> None:
    body = body_of(b"abc", encoding)
    assert body.data == b""
    assert body.fault == f"the answer is compressed with {encoding!r}, which cannot be read"


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_body_that_is_not_compressed_as_it_claims_is_damaged(encoding: str) -> None:
    body = body_of(b"\xff\xfe rubbish", encoding)
    assert body.fault == "the compressed body of the answer is damaged"
