"""One description of a conflict, as each database spells it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from feedsync import ledger
from feedsync.upserts import Conflict

NOTHING = Conflict(on=("a", "b"))
NEWER = Conflict(on=("a",), update={"n": "new.n + old.n", "key": "new.key"}, when="old.key <= new.key")


def on(vendor: str) -> Any:
    sign = "`" if vendor == "mysql" else '"'
    return SimpleNamespace(vendor=vendor, ops=SimpleNamespace(quote_name=lambda name: f"{sign}{name}{sign}"))


@pytest.mark.parametrize("vendor", ["postgresql", "sqlite"])
def test_on_conflict(vendor: str) -> None:
    """Names are quoted, since one of them may be a word of SQL."""
    assert NOTHING.sql(on(vendor), "t") == 'ON CONFLICT ("a", "b") DO NOTHING'
    assert NEWER.sql(on(vendor), "t") == (
        'ON CONFLICT ("a") DO UPDATE SET "n" = excluded."n" + "t"."n", "key" = excluded."key" '
        'WHERE "t"."key" <= excluded."key"'
    )


def test_on_duplicate_key() -> None:
    """MariaDB: each assignment carries the condition, and nothing is an assignment that changes nothing."""
    assert NOTHING.sql(on("mysql"), "t") == "ON DUPLICATE KEY UPDATE `a` = `t`.`a`"
    assert NEWER.sql(on("mysql"), "t") == (
        "ON DUPLICATE KEY UPDATE `n` = IF(`t`.`key` <= VALUES(`key`), VALUES(`n`) + `t`.`n`, `t`.`n`), "
        "`key` = IF(`t`.`key` <= VALUES(`key`), VALUES(`key`), `t`.`key`)"
    )


def test_the_ledger_assigns_what_it_compares_last() -> None:
    """MariaDB's expressions see what was assigned before them: the less significant part first, then the other."""
    assert list(ledger.NEWER_WINS.update)[-2:] == ["origin", "version"]
