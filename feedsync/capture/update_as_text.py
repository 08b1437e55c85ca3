"""An UPDATE as text, taken apart: what it sets, and which rows, so that these can be locked first (R4).

In: `UPDATE table [AS alias] SET … [WHERE …]` with its parameters. Out: a SELECT … FOR UPDATE of the same rows, and the
statement narrowed to rows by primary key. None for what can't be told: several tables, ORDER BY, LIMIT, named
parameters, or a new value for a column that names an object.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

SET = re.compile(
    r"""\s*UPDATE\s+(?P<how>(?:(?:LOW_PRIORITY|IGNORE)\s+)*)(?P<table>[`\w]+(?:\.[`\w]+)?)
    (?:\s+(?:AS\s+)?(?P<alias>(?!SET\b)[`\w]+))?\s+SET\s+(?P<rest>.+?)\s*;?\s*""",
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)
TOKEN = re.compile(
    r"""(?P<text>'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*")|(?P<open>\()|(?P<close>\))|(?P<comma>,)
    |(?P<param>%s)|(?P<named>%\()|(?P<word>\b(?:WHERE|ORDER|LIMIT)\b)""",
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)
TARGET = re.compile(r"\s*(?:[`\w]+\.)?(`[^`]+`|\w+)\s*=")
Sql = tuple[str, Sequence[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """`columns`: quoted; `key`: those of the primary key. `where`: the condition and its parameters."""

    head: str
    table: str
    name: str
    columns: Sequence[str]
    key: Sequence[str]
    assigned: Sequence[Any]
    where: Sql

    @property
    def selection(self) -> Sql:
        columns = ", ".join(f"{self.name}.{column}" for column in self.columns)
        condition, params = self.where
        return f"SELECT {columns} FROM {self.table} WHERE {condition} FOR UPDATE", params

    def narrowed(self, pks: Sequence[Sequence[Any]]) -> Sql:
        """`pks`: the values of the key's columns, of each row."""
        condition, params = self.where
        names = ", ".join(f"{self.name}.{column}" for column in self.key)
        one = "({})".format(", ".join(["%s"] * len(self.key)))
        among = f"({names}) IN ({', '.join([one] * len(pks))})" if pks else "FALSE"
        return f"{self.head} WHERE ({condition}) AND {among}", [*self.assigned, *params, *(v for pk in pks for v in pk)]


def parse(sql: str, params: Any, *, name: str, columns: Sequence[str], key: Sequence[str]) -> Update | None:
    """`name`: what the statement calls its table; `columns`: what to select, all of which name objects; `key`: those of
    the primary key."""
    found = SET.fullmatch(sql if params is not None else sql.replace("%", "%%"))
    if found is None or not isinstance(params, list | tuple | None):
        return None
    parts = _parts(found["rest"])
    if parts is None or _sets(parts[0]) & {column.strip("`").lower() for column in columns}:
        return None
    assignments, condition, count = parts
    table = f"{found['table']} AS {found['alias']}" if found["alias"] else found["table"]
    return Update(
        head=f"UPDATE {found['how']}{table} SET {', '.join(map(str.strip, assignments))}",
        table=table,
        name=name,
        columns=columns,
        key=key,
        assigned=list(params or ())[:count],
        where=(condition or "TRUE", list(params or ())[count:]),
    )


def _parts(rest: str) -> tuple[list[str], str, int] | None:
    """(assignments, condition, number of parameters of the assignments)"""
    depth, start, count = 0, 0, 0
    assignments: list[str] = []
    for match in TOKEN.finditer(rest):
        kind = match.lastgroup
        depth += (kind == "open") - (kind == "close")
        if kind == "named":
            return None
        if kind == "param":
            count += 1
        if depth == 0 and kind == "comma":
            assignments.append(rest[start : match.start()])
            start = match.end()
        if depth == 0 and kind == "word":
            if match[0].upper() != "WHERE" or not _is_plain(rest[match.end() :]):
                return None
            return [*assignments, rest[start : match.start()].rstrip()], rest[match.end() :].strip(), count
    return [*assignments, rest[start:]], "", count


def _is_plain(condition: str) -> bool:
    """Neither ORDER BY nor LIMIT follows, nor a named parameter."""
    depth = 0
    for match in TOKEN.finditer(condition):
        depth += (match.lastgroup == "open") - (match.lastgroup == "close")
        if match.lastgroup == "named" or (depth == 0 and match.lastgroup == "word"):
            return False
    return True


def _sets(assignments: Sequence[str]) -> set[str]:
    """Columns that get a value."""
    found = map(TARGET.match, assignments)
    return {match[1].strip("`").lower() for match in found if match}
