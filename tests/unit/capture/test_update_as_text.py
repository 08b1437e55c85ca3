"""UPDATE statements taken apart: which rows, and what is left of the statement for these rows alone."""

from __future__ import annotations

from typing import Any

import pytest

from feedsync.capture import update_as_text

COLUMNS = ["`id`", "`owner_id`"]


def parse(sql: str, params: Any = None, name: str = "t") -> Any:
    return update_as_text.parse(sql, params, name=name, columns=COLUMNS, key=COLUMNS[:1])


def test_parameters_go_where_their_part_goes() -> None:
    """Those of the assignments stay in front; those of the condition are used twice."""
    found = parse(
        "UPDATE t SET a = %s, b = CONCAT(%s, b) WHERE c = %s AND d IN (SELECT d FROM u WHERE e = %s);", "1234"
    )
    assert found is None  # a text is no list of parameters
    found = parse(
        "UPDATE t SET a = %s, b = CONCAT(%s, b) WHERE c = %s AND d IN (SELECT d FROM u WHERE e = %s);", [1, 2, 3, 4]
    )
    assert found.selection == (
        "SELECT t.`id`, t.`owner_id` FROM t WHERE c = %s AND d IN (SELECT d FROM u WHERE e = %s) FOR UPDATE",
        [3, 4],
    )
    assert found.narrowed([(7,), (8,)]) == (
        (
            "UPDATE t SET a = %s, b = CONCAT(%s, b) WHERE (c = %s AND d IN (SELECT d FROM u WHERE e = %s)) "
            "AND (t.`id`) IN ((%s), (%s))"
        ),
        [1, 2, 3, 4, 7, 8],
    )


@pytest.mark.parametrize(
    ("sql", "condition"),
    [
        ("UPDATE t SET a = 'WHERE', b = \"it's\" WHERE c = 'it''s; ORDER BY'", "c = 'it''s; ORDER BY'"),
        ("update t set a = (select max(a) from u where b = 1)\nwhere  c = 2 ", "c = 2"),
        ("UPDATE t SET a = 'x\\' WHERE' WHERE c", "c"),
        ("UPDATE t SET a = 1", "TRUE"),
    ],
)
def test_words_in_texts_and_brackets_are_no_words(sql: str, condition: str) -> None:
    """The condition is the statement's own."""
    assert parse(sql).selection[0] == f"SELECT t.`id`, t.`owner_id` FROM t WHERE {condition} FOR UPDATE"


def test_nothing_found_is_nothing_written() -> None:
    """The statement runs all the same, for its row count."""
    assert parse("UPDATE t SET a = 1 WHERE b").narrowed([]) == ("UPDATE t SET a = 1 WHERE (b) AND FALSE", [])


def test_how_it_is_done_stays() -> None:
    """Errors that were ignored are ignored; what is locked is the table."""
    found = parse("UPDATE IGNORE t SET a = 1")
    assert found.selection[0] == "SELECT t.`id`, t.`owner_id` FROM t WHERE TRUE FOR UPDATE"
    assert found.narrowed([(7,)])[0] == "UPDATE IGNORE t SET a = 1 WHERE (TRUE) AND (t.`id`) IN ((%s))"


def test_an_alias_and_signs_of_percentage() -> None:
    """Without parameters a sign of percentage is itself; with them it is doubled already."""
    found = parse("UPDATE `t` AS c SET a = '5%' WHERE c.b LIKE 'x%'", name="c")
    assert found.selection[0] == "SELECT c.`id`, c.`owner_id` FROM `t` AS c WHERE c.b LIKE 'x%%' FOR UPDATE"
    assert parse("UPDATE t SET a = 1 WHERE b LIKE 'x%%'", []).selection[0].endswith("LIKE 'x%%' FOR UPDATE")


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE t SET a = 1 WHERE b ORDER BY c LIMIT 1",
        "UPDATE t SET a = 1 ORDER BY c",
        "UPDATE t JOIN u ON t.id = u.t_id SET t.a = 1",
        "UPDATE t, u SET t.a = 1",
        "UPDATE t SET a = 1, owner_id = 2 WHERE b",
        "UPDATE t SET a = 1, t.`id` = id + 1",
    ],
)
def test_what_cannot_be_told(sql: str) -> None:
    """Other rows, other tables, or other objects than the condition tells of."""
    assert parse(sql) is None


def test_named_parameters_cannot_be_told() -> None:
    """They would have to be counted by name."""
    assert parse("UPDATE t SET a = %(a)s WHERE b = %(b)s", {"a": 1, "b": 2}) is None
