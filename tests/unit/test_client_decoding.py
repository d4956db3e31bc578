"""Content codings: what comes out is what went in, however it is cut; never more than there is room for."""

import random
import sys
import zlib
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from gzip import compress as gzip

import brotli
import pytest
from helpers.world import MemorySink
from hypothesis import given
from hypothesis import strategies as st

from tcpviz.client.decoding import decoders
from tcpviz.client.failure import ExitCode, FetchError
from tcpviz.client.outlet import Outlet

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


CODINGS: dict[str, list[Callable[[bytes], bytes]]] = {
    "gzip": [gzip, lambda data: gzip(data[:100]) + gzip(b"") + gzip(data[100:])],
    "x-gzip": [gzip],
    "deflate": [zlib.compress, raw_deflate],
    "br": [partial(brotli.compress, quality=1)],
    "zstd": [zstd.compress, lambda data: zstd.compress(data[:100]) + zstd.compress(data[100:])],
}
EVERY = [(name, pack) for name, packers in CODINGS.items() for pack in packers]
BODY = bytes(random.Random(1).choices(b"abcdefgh \n", k=20_000)) + bytes(300_000)


class Narrow(MemorySink):
    """Takes little at a time."""

    def room(self) -> int:
        return min(super().room(), 1000)


def outlet(sink: MemorySink, coding: str) -> Outlet:
    made = Outlet(sink)
    made.decode(decoders(coding))
    return made


def all_of(way: Outlet, data: bytes) -> bool:
    """A whole body at once; whether it has gone through."""
    way.write(data)
    return way.finish()


@pytest.mark.parametrize(("name", "pack"), EVERY)
@pytest.mark.parametrize("size", [1, 7, 1000, 1 << 20])
def test_what_comes_out_is_what_went_in(name: str, pack: Callable[[bytes], bytes], size: int) -> None:
    sink = Narrow()
    way = outlet(sink, name)
    packed = pack(BODY)
    for at in range(0, len(packed), size):
        assert way.room() > 0
        way.write(packed[at : at + size])
    assert way.finish()
    assert sink.body == BODY
    assert sink.largest <= 1000


@given(st.binary(max_size=3000), st.sampled_from(EVERY), st.sampled_from(EVERY))
def test_codings_are_taken_off_in_their_order(
    body: bytes,
    inner: tuple[str, Callable[[bytes], bytes]],
    outer: tuple[str, Callable[[bytes], bytes]],
) -> None:
    sink = Narrow()
    way = outlet(sink, f"{inner[0]}, Identity,{outer[0].upper()}")
    way.write(outer[1](inner[1](body)))
    assert way.finish()
    assert sink.body == body


@pytest.mark.parametrize(("name", "pack"), [(name, packers[0]) for name, packers in CODINGS.items()])
def test_a_bomb_waits_packed(name: str, pack: Callable[[bytes], bytes]) -> None:
    """A sink without room gets nothing more, however much the octets stand for."""
    sink = MemorySink(space=5000)
    way = outlet(sink, name)
    way.write(pack(bytes(50_000_000)))
    assert len(sink.body) == 5000
    assert way.room() == 0
    assert not way.finish()
    sink.space = 7000
    assert way.room() == 0
    assert len(sink.body) == 7000


@pytest.mark.parametrize(("name", "pack"), EVERY)
def test_what_is_cut_off_is_told(name: str, pack: Callable[[bytes], bytes]) -> None:
    way = outlet(MemorySink(), name)
    way.write(pack(BODY)[:-1] if name != "deflate" else pack(BODY)[:-6])
    with pytest.raises(FetchError) as caught:
        way.finish()
    assert caught.value.failure.exit_code == ExitCode.BAD_ENCODING


@pytest.mark.parametrize("name", CODINGS)
def test_what_is_not_coded_so_is_told(name: str) -> None:
    way = outlet(MemorySink(), name)
    with pytest.raises(FetchError, match="not coded as its header says"):
        all_of(way, b"\xff<!doctype html> this is no packed body at all" * 10)


@given(st.sampled_from(list(CODINGS)), st.binary(max_size=200))
def test_any_octets_are_decoded_or_refused(name: str, data: bytes) -> None:
    way = outlet(MemorySink(), name)
    with suppress(FetchError):
        assert all_of(way, data)


def test_octets_behind_the_end_count_for_nothing() -> None:
    sink = MemorySink()
    way = outlet(sink, "gzip")
    for part in (gzip(b"body"), bytes(512), b"\x1f", b"noise"):
        way.write(part)
    assert way.finish()
    assert sink.body == b"body"


def test_no_body_is_no_broken_body() -> None:
    assert outlet(MemorySink(), "gzip").finish()


@pytest.mark.parametrize("coding", ["compress", "gzip, snappy", ", ".join(["gzip"] * 6)])
def test_codings_that_nobody_asked_for_are_refused(coding: str) -> None:
    with pytest.raises(FetchError, match="coded in a way"):
        decoders(coding)
