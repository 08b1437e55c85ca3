"""What an INSERT does where its row is there already, said once and spelled as each database wants it.

In: which columns are unique together, and what becomes of the others. Out: `ON CONFLICT … DO …`, or MariaDB's
`ON DUPLICATE KEY UPDATE`, which knows no condition: there each assignment carries it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import connections

NAME = re.compile(r"\b(new|old)\.(\w+)")


def unique_fields(using: str, *names: str) -> list[str] | None:
    """What `bulk_create(update_conflicts=True)` wants to be told; on MariaDB any unique constraint counts."""
    return list(names) if connections[using].features.supports_update_conflicts_with_target else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """`update`: {column: expression}, of `new.column` (was to be inserted) and `old.column` (stands there); empty:
    what stands there stays. `when`: where the condition is false, it stays too.

    MariaDB assigns in this order, and each expression sees what was assigned before: a column comes after those whose
    expressions read it; of the columns that `when` compares as a row, the less significant comes first.
    """

    on: tuple[str, ...]
    update: Mapping[str, str] = field(default_factory=dict)
    when: str = ""

    def sql(self, connection: Any, table: str) -> str:
        quote = connection.ops.quote_name
        if connection.vendor == "mysql":
            return self._on_duplicate_key(quote, table)

        def named(match: re.Match[str]) -> str:
            return f"{'excluded' if match[1] == 'new' else quote(table)}.{quote(match[2])}"

        target = ", ".join(map(quote, self.on))
        if not self.update:
            return f"ON CONFLICT ({target}) DO NOTHING"
        changes = ", ".join(f"{quote(name)} = {NAME.sub(named, said)}" for name, said in self.update.items())
        where = f" WHERE {NAME.sub(named, self.when)}" if self.when else ""
        return f"ON CONFLICT ({target}) DO UPDATE SET {changes}{where}"

    def _on_duplicate_key(self, quote: Any, table: str) -> str:
        """`DO NOTHING` is an assignment that changes nothing: `INSERT IGNORE` would hide other errors, too."""

        def named(match: re.Match[str]) -> str:
            return f"VALUES({quote(match[2])})" if match[1] == "new" else f"{quote(table)}.{quote(match[2])}"

        def assignment(name: str, said: str) -> str:
            value = NAME.sub(named, said)
            if self.when:
                value = f"IF({NAME.sub(named, self.when)}, {value}, {quote(table)}.{quote(name)})"
            return f"{quote(name)} = {value}"

        update = self.update or {self.on[0]: f"old.{self.on[0]}"}
        return "ON DUPLICATE KEY UPDATE " + ", ".join(assignment(name, said) for name, said in update.items())
