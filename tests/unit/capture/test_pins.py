"""What the capture uses of Django's private compilers is there, as it was: a new Django version fails here first."""

from __future__ import annotations

import inspect
from typing import Any

import django
import pytest
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.sql import compiler as compilers
from django.db.models.sql.query import Query

from feedsync.capture import hooks


def _parameters(function: Any) -> list[str]:
    return list(inspect.signature(inspect.unwrap(function)).parameters)


def test_r02_insertions_pass_by_one_method() -> None:
    """`execute_sql(returning_fields)` answers rows of these fields."""
    assert _parameters(compilers.SQLInsertCompiler.execute_sql) == ["self", "returning_fields"]
    assert _parameters(compilers.SQLInsertCompiler.as_sql) == ["self"]
    assert compilers.SQLInsertCompiler.returning_fields is None


def test_r02_updates_pass_by_one_method() -> None:
    """`execute_sql(result_type)` answers a row count and goes on with the parents' tables."""
    assert _parameters(compilers.SQLUpdateCompiler.execute_sql) == ["self", "result_type"]
    assert _parameters(compilers.SQLUpdateCompiler.as_sql) == ["self"]
    assert "get_related_updates" in inspect.getsource(inspect.unwrap(compilers.SQLUpdateCompiler.execute_sql))


def test_r02_updates_that_return_rows_came_with_django_6() -> None:
    """They call `execute_sql` where the database can't, else they run on their own."""
    method = getattr(compilers.SQLUpdateCompiler, "execute_returning_sql", None)
    assert (method is not None) == (django.VERSION >= (6, 0))
    if method is not None:
        assert _parameters(method) == ["self", "returning_fields"]


def test_r02_deletions_pass_by_the_general_method() -> None:
    """Their compiler has none of its own; ours takes the row count from what came back."""
    assert _parameters(compilers.SQLDeleteCompiler.execute_sql) == _parameters(compilers.SQLCompiler.execute_sql)
    assert _parameters(compilers.SQLCompiler.execute_sql)[:2] == ["self", "result_type"]
    assert _parameters(compilers.SQLDeleteCompiler.as_sql) == ["self"]


def test_converters_of_returned_columns() -> None:
    """Values come back as the model would have them."""
    assert _parameters(compilers.SQLCompiler.get_converters) == ["self", "expressions"]
    assert _parameters(compilers.SQLCompiler.apply_converters) == ["self", "rows", "converters"]


def test_queries_are_narrowed_and_turned_into_selections() -> None:
    """What moving updates need."""
    assert _parameters(Query.chain) == ["self", "klass"]
    assert _parameters(Query.clear_ordering) == ["self", "force", "clear_default"]
    assert _parameters(Query.add_filter) == ["self", "filter_lhs", "filter_rhs"]


def test_commit_hooks_have_three_parts() -> None:
    """(savepoints, function, robust): that is how a second wake-up is spared."""
    source = inspect.getsource(BaseDatabaseWrapper.on_commit)
    assert "self.run_on_commit.append((set(self.savepoint_ids), func, robust))" in source


@pytest.mark.parametrize("name", ["SQLInsertCompiler", "SQLUpdateCompiler", "SQLDeleteCompiler"])
def test_backends_inherit_the_hooked_methods(name: str) -> None:
    """A backend with an `execute_sql` of its own would go past the capture."""
    compiler = connection.ops.compiler(name)
    hooked = {method for owner, method, _, _ in hooks.HOOKS if issubclass(compiler, owner)}
    assert hooked
    for method in hooked & set(dir(compiler)):
        assert hasattr(getattr(compiler, method), "__wrapped__")


def test_the_database_answers_what_it_wrote() -> None:
    """RETURNING: every PostgreSQL, SQLite since 3.35."""
    assert connection.features.can_return_rows_from_bulk_insert
