"""Subscription filters: `attributes:lang AND NOT hasPrefix(attributes.origin, "eu-")`.

The text of a filter goes in, a predicate over a message's attributes comes out, or InvalidArgument with the place that
was not understood. As in the cloud, AND and OR cannot be mixed without parentheses.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from emulator.errors import InvalidArgument

Predicate = Callable[[Mapping[str, str]], bool]

_MAX_BYTES = 256
_TOKEN = re.compile(
    r"""\s*(?:
        (?P<string>"(?:[^"\\]|\\.)*")
      | (?P<word>[A-Za-z0-9_][A-Za-z0-9_\-]*)
      | (?P<sign>!=|[=:.,()\-])
    )""",
    re.VERBOSE,
)
_ESCAPE = re.compile(r"\\(?:u(?P<unicode>[0-9a-fA-F]{4})|x(?P<hex>[0-9a-fA-F]{2})|(?P<octal>[0-7]{1,3})|(?P<other>.))")
_NOT_PRINTED = {"n": "\n", "r": "\r", "t": "\t", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}


class Token(NamedTuple):
    """A string, a word or a sign, and where it begins."""

    kind: str
    text: str
    place: int


def compile_filter(text: str) -> Predicate:
    """Turn the text of a filter into a predicate."""
    if not text.strip():
        return lambda _: True
    if len(text.encode()) > _MAX_BYTES:
        raise InvalidArgument(f"Invalid filter: longer than {_MAX_BYTES} bytes.")
    return _Parser(text).parse()


def _unescaped(found: re.Match[str]) -> str:
    if code := found["unicode"] or found["hex"]:
        return chr(int(code, 16))
    if found["octal"]:
        return chr(int(found["octal"], 8))
    return _NOT_PRINTED.get(found["other"], found["other"])


def _tokens(text: str) -> list[Token]:
    found, place = [], 0
    while place < len(text.rstrip()):
        match = _TOKEN.match(text, place)
        if match is None or match.lastgroup is None:
            raise InvalidArgument(f"Invalid filter {text!r}: cannot read it at position {place}.")
        found.append(Token(match.lastgroup, match[match.lastgroup], match.start(match.lastgroup)))
        place = match.end()
    return [*found, Token("end", "", len(text))]


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = _tokens(text)
        self._at = 0

    def parse(self) -> Predicate:
        predicate = self._expression()
        if self._peek().kind != "end":
            raise self._unexpected("the end, or AND or OR (parentheses are needed to mix them)")
        return predicate

    def _expression(self) -> Predicate:
        terms = [self._term()]
        operator = self._peek().text
        if operator not in ("AND", "OR"):
            return terms[0]
        while self._accept(operator):
            terms.append(self._term())
        together = all if operator == "AND" else any
        return lambda attributes: together(term(attributes) for term in terms)

    def _term(self) -> Predicate:
        if self._accept("NOT") or self._accept("-"):
            inner = self._term()
            return lambda attributes: not inner(attributes)
        if self._accept("("):
            inner = self._expression()
            self._expect(")")
            return inner
        if self._accept("hasPrefix"):
            return self._has_prefix()
        return self._comparison()

    def _has_prefix(self) -> Predicate:
        self._expect("(")
        self._expect("attributes")
        self._expect(".")
        key = self._key()
        self._expect(",")
        prefix = self._string()
        self._expect(")")
        return lambda attributes: attributes.get(key, "").startswith(prefix) and key in attributes

    def _comparison(self) -> Predicate:
        self._expect("attributes")
        if self._accept(":"):
            key = self._key()
            return lambda attributes: key in attributes
        self._expect(".")
        key = self._key()
        if self._accept("!="):
            unwanted = self._string()
            return lambda attributes: attributes.get(key) != unwanted
        self._expect("=")
        value = self._string()
        return lambda attributes: attributes.get(key) == value

    def _key(self) -> str:
        if self._peek().kind == "word":
            return self._next().text
        return self._string()

    def _string(self) -> str:
        if self._peek().kind != "string":
            raise self._unexpected("a text in double quotes")
        return _ESCAPE.sub(_unescaped, self._next().text[1:-1])

    def _peek(self) -> Token:
        return self._tokens[self._at]

    def _next(self) -> Token:
        self._at += 1
        return self._tokens[self._at - 1]

    def _accept(self, text: str) -> bool:
        if self._peek().kind == "string" or self._peek().text != text:
            return False
        self._at += 1
        return True

    def _expect(self, text: str) -> None:
        if not self._accept(text):
            raise self._unexpected(repr(text))

    def _unexpected(self, wanted: str) -> InvalidArgument:
        token = self._peek()
        return InvalidArgument(f"Invalid filter {self._text!r}: expected {wanted} at position {token.place}.")
