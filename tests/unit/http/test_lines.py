"""Lines out of compressed chunks: whole, in order, bounded; a cut body is noticed wherever it is cut."""

from __future__ import annotations

import gzip
from collections.abc import Callable

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from consumers.http.lines import decoded, split

ENCODINGS: dict[str, Callable[[bytes], bytes]] = {"": bytes, "gzip": gzip.compress, "zstd": zstandard.compress}
LINES = [b'{"n": 1}', b'{"text": "\xc3\xa4"}', b"x" * 200_000, b"last"]


def cut_up(data: bytes, size: int) -> list[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_lines_come_whole_whatever_the_chunks(encoding: str, size: int) -> None:
    """Where the network cuts makes no difference."""
    body = ENCODINGS[encoding](b"\n".join(LINES) + b"\n")
    assert list(split(decoded(cut_up(body, size), encoding))) == LINES


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
@pytest.mark.parametrize("size", [1, 100_000])
def test_several_frames_are_one_body(encoding: str, size: int) -> None:
    """A server may end a compressed frame after each flush."""
    body = b"".join(ENCODINGS[encoding](line + b"\n") for line in LINES)
    assert list(split(decoded(cut_up(body, size), encoding))) == LINES


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
@pytest.mark.parametrize("missing", [1, 5, 12])
def test_cut_frame_is_noticed(encoding: str, missing: int) -> None:
    """A compressed body without its end is a cut stream, even where its lines are complete."""
    body = ENCODINGS[encoding](b"\n".join(LINES) + b"\n")[:-missing]
    with pytest.raises(EOFError):
        list(split(decoded([body], encoding)))


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_empty_body_is_a_cut_body(encoding: str) -> None:
    """Nothing at all isn't even an empty compressed frame."""
    with pytest.raises(EOFError):
        list(decoded([], encoding))


def test_line_without_end_is_noticed() -> None:
    """A body that ends inside a line is cut; the lines before it were whole."""
    lines = split([b"one\ntw"])
    assert next(lines) == b"one"
    with pytest.raises(EOFError):
        next(lines)


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
@pytest.mark.parametrize("size", [10, 2000, 100_000])
def test_garbage_is_no_body(encoding: str, size: int) -> None:
    """What can't be decompressed is a wrong answer, not a cut one."""
    with pytest.raises(ValueError, match=encoding):
        list(decoded([b"<html>" * size], encoding))


def test_unknown_encoding_is_refused() -> None:
    """Only what was asked for is decoded."""
    with pytest.raises(ValueError, match="br"):
        list(decoded([], "br"))


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_line_length_is_bounded(encoding: str) -> None:
    """A line of any length, compressed or not, is given up at the limit."""
    body = ENCODINGS[encoding](b"x" * 1_000_001 + b"\n")
    with pytest.raises(ValueError, match="longer than 1000000 bytes"):
        list(split(decoded(cut_up(body, 65536), encoding), max_bytes=1_000_000))
    assert [len(line) for line in split(decoded([body], encoding), max_bytes=1_000_001)] == [1_000_001]


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_bomb_is_decompressed_in_pieces(encoding: str) -> None:
    """A small body that grows without end is given up before it fills the memory."""
    bomb = ENCODINGS[encoding](bytes(64 * 1024 * 1024))
    assert max(len(piece) for piece in decoded([bomb], encoding)) <= 40 * 1024 * 1024


def test_empty_lines_are_left_out() -> None:
    """A source may send newlines to keep a connection alive."""
    assert list(split([b"\n\na\n\n", b"\n", b"b\n"])) == [b"a", b"b"]


@given(st.lists(st.binary(max_size=20)))
def test_splitting_equals_splitting_the_whole(chunks: list[bytes]) -> None:
    """For any chunks, the lines are those of the body as a whole."""
    body = b"".join(chunks)
    assert list(split([*chunks, b"\n"])) == [line for line in (body + b"\n").split(b"\n") if line]
