"""Message transforms without a server: what they make of a message, how they fail, and what is refused."""

from __future__ import annotations

import os
import time
import zlib
from typing import Any

import pytest
import zstandard

from emulator.errors import InvalidArgument, Unimplemented
from emulator.transforms.chain import Chain, check
from emulator.transforms.steps import Content, TransformFailed
from emulator.wire.pubsub import MESSAGES

METADATA = {"message_id": "7", "publish_time": "2026-01-01T00:00:00Z", "ordering_key": "k"}
MESSAGE = Content(data=b'{"name": "Ann", "ssn": "1"}', attributes={"from": "north"})


def javascript(code: str, name: str = "f", **fields: Any) -> Any:
    """A transform on the wire."""
    return MESSAGES["MessageTransform"](javascript_udf={"function_name": name, "code": code}, **fields)


def compression(algorithm: str, mode: str) -> Any:
    """A transform on the wire."""
    return MESSAGES["MessageTransform"](compression={"compression_algorithm": algorithm, "compression_mode": mode})


def run(*transforms: Any, content: Content = MESSAGE) -> Content | None:
    """What the transforms make of a message."""
    check(transforms)
    return Chain(transforms)(content, METADATA)


def test_a_function_changes_a_message() -> None:
    """As in the documentation: a field is taken out of the data."""
    code = """
    function redact(message, metadata) {
      const data = JSON.parse(message.data);
      delete data['ssn'];
      message.data = JSON.stringify(data);
      message.attributes['id'] = metadata.message_id + metadata.ordering_key;
      return message;
    }
    """
    found = run(javascript(code, "redact"))
    assert found == Content(data=b'{"name":"Ann"}', attributes={"from": "north", "id": "7k"})


def test_null_stops_a_message() -> None:
    """What follows is not asked."""
    assert run(javascript("const f = () => null"), javascript("function g() { throw 1 }", "g")) is None


def test_transforms_run_in_their_order_and_disabled_ones_do_not() -> None:
    """Each gets what the one before returned."""
    add = "({data}) => ({data: data + '%s'})"
    steps = [javascript(f"const {name} = {add % name}", name, disabled=name == "b") for name in "abc"]
    found = run(*steps, content=Content(data=b"", attributes={"x": "y"}))
    assert found == Content(data=b"ac", attributes={"x": "y"})


def test_empty_attributes_take_all_away() -> None:
    """As documented."""
    found = run(javascript("const f = ({data}) => ({data, attributes: {}})"))
    assert found == Content(data=MESSAGE.data, attributes={})


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("throw new Error('boo')", "Error: boo"),
        ("", "must return null or an object"),
        ("return {}", "must return null or an object"),
        ("return {data: 1}", "must return null or an object"),
        ("return [message]", "must return null or an object"),
        ("return {data: 'x', attributes: {n: 1}}", "attributes that are strings"),
        ("return {data: '\\ud800'}", "not Unicode"),
        ("message.self = message; return message", "circular"),
        ("fetch('http://example.com')", "fetch is not defined"),
        ("while (true) {}", "interrupted"),
        ("return f(message)", "call stack"),
        ("const all = []; while (true) all.push('x'.repeat(1e6))", "out of memory"),
        ("return {data: 'x'.repeat(2 ** 29)}", "out of memory"),
    ],
)
def test_a_function_that_fails_says_why(body: str, reason: str) -> None:
    """Whatever it does, it ends soon, and the next message is treated as if nothing had been."""
    code = f"function f(message) {{ if (message.data === 'ok') return message; {body} }}"
    chain = Chain([javascript(code)])
    began = time.monotonic()
    with pytest.raises(TransformFailed, match=reason):
        chain(MESSAGE, METADATA)
    assert time.monotonic() - began < 10
    good = Content(data=b"ok", attributes={})
    assert chain(good, METADATA) == good


def test_functions_get_text_only() -> None:
    """Data that is not UTF-8 can't be handed over."""
    with pytest.raises(TransformFailed, match="not UTF-8"):
        run(javascript("const f = (message) => message"), content=Content(data=b"\xff", attributes={}))


@pytest.mark.parametrize(
    ("transforms", "culprit"),
    [
        ([javascript("function f() {")], "f does not run"),
        ([javascript("function g() {}")], "no function f"),
        ([javascript("throw new Error('boo')")], "boo"),
        ([javascript("while (true) {}")], "interrupted"),
        ([javascript("function f() {}", "f()")], "no name"),
        ([javascript("", "")], "no name"),
        ([javascript("function f() {}" + " " * 20_480)], "20480 bytes"),
        ([javascript("function f() {}")] * 2, "more than once"),
        ([javascript(f"function f{number}() {{}}", f"f{number}") for number in range(6)], "may be 5"),
        ([MESSAGES["MessageTransform"]()], "must be"),
        ([javascript("function g() {}", disabled=True)], "no function f"),
        ([MESSAGES["MessageTransform"](compression={})], "algorithm and a mode"),
        ([MESSAGES["MessageTransform"](compression={"compression_algorithm": 99})], "algorithm and a mode"),
    ],
)
def test_transforms_that_make_no_sense_are_refused(transforms: list[Any], culprit: str) -> None:
    """Before any message comes."""
    with pytest.raises(InvalidArgument, match=culprit):
        check(transforms)


def test_models_are_refused() -> None:
    """Rather than messages let through that no model has seen."""
    with pytest.raises(Unimplemented, match="ai_inference"):
        check([MESSAGES["MessageTransform"](ai_inference={"endpoint": "x"})])


@pytest.mark.parametrize("algorithm", ["ZLIB", "ZSTD"])
def test_data_is_compressed_and_decompressed(algorithm: str) -> None:
    """By either algorithm, and what is not whole is refused."""
    packed = run(compression(algorithm, "COMPRESS"))
    assert packed is not None
    assert packed.data != MESSAGE.data
    assert run(compression(algorithm, "DECOMPRESS"), content=packed) == MESSAGE
    for data in (packed.data[:-3], b"nonsense", b""):
        with pytest.raises(TransformFailed, match=algorithm):
            run(compression(algorithm, "DECOMPRESS"), content=Content(data=data, attributes={}))


@pytest.mark.parametrize(("algorithm", "pack"), [("ZLIB", zlib.compress), ("ZSTD", zstandard.compress)])
def test_a_bomb_is_not_unpacked(algorithm: str, pack: Any) -> None:
    """Data that would be larger than a message is refused."""
    bomb = Content(data=pack(bytes(10_000_001)), attributes={})
    with pytest.raises(TransformFailed, match="more than 10000000 bytes"):
        run(compression(algorithm, "DECOMPRESS"), content=bomb)
    whole = os.urandom(1000) * 100
    found = run(compression(algorithm, "DECOMPRESS"), content=Content(data=pack(whole), attributes={}))
    assert found is not None
    assert found.data == whole
