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


def test_bytes_after_the_compressed_body_are_noticed_but_padding_is_not() -> None:
    compressed = gzip.compress(b"{}")
    assert body_of(compressed + b"\0\0\0", "gzip", step=5).fault is None
    assert (
        body_of(compressed + b"{}", "gzip", step=5).fault
        == "the answer continues after the end of its compressed body"
    )


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip"])
def test_an_encoding_that_was_not_offered_is_a_fault(encoding: str) -> None:
    body = body_of(b"abc", encoding)
    assert body.data == b""
    assert body.fault == f"the answer is compressed with {encoding!r}, which cannot be read"


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_body_that_is_not_compressed_as_it_claims_is_damaged(encoding: str) -> None:
    body = body_of(b"\xff\xfe rubbish", encoding)
    assert body.fault == "the compressed body of the answer is damaged"
