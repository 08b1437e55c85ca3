"""The limit: COPY into staging tables, then a set-based merge by natural key, in SQL written for these very tables.

In: two plain sites, texts in the first. Out: seconds for copying out, and for copying in with the merge. It knows no
versions, no deletions, no renames, holds one transaction all the while, and serves as what can't be beaten.
"""

from __future__ import annotations

import time
from typing import Any

import psycopg

from benchmarks.stage import Site

OUT = {
    "country": "SELECT code FROM content_country",
    "language": "SELECT c.code, l.code FROM content_language l JOIN content_country c ON c.id = l.country_id",
    "tag": "SELECT slug FROM content_tag",
    "copy": """
        SELECT c.code, l.code, t.key, t.value, t."default", t.updated,
               ARRAY(
                   SELECT g.slug FROM content_copy_tags x JOIN content_tag g ON g.id = x.tag_id WHERE x.copy_id = t.id
               )
        FROM content_copy t JOIN content_language l ON l.id = t.language_id
        JOIN content_country c ON c.id = l.country_id
    """,
}
STAGING = {
    "country": "code text",
    "language": "country text, code text",
    "tag": "slug text",
    "copy": 'country text, code text, key text, value text, "default" boolean, updated timestamptz, tags text[]',
}
MERGE = (
    "INSERT INTO content_country (code) SELECT code FROM s_country ON CONFLICT (code) DO NOTHING",
    """INSERT INTO content_language (country_id, code) SELECT c.id, s.code FROM s_language s
       JOIN content_country c ON c.code = s.country ON CONFLICT (country_id, code) DO NOTHING""",
    "INSERT INTO content_tag (slug) SELECT slug FROM s_tag ON CONFLICT (slug) DO NOTHING",
    "ANALYZE s_copy",
    """INSERT INTO content_copy (language_id, key, value, "default", updated)
       SELECT l.id, s.key, s.value, s."default", s.updated FROM s_copy s
       JOIN content_country c ON c.code = s.country JOIN content_language l ON l.country_id = c.id AND l.code = s.code
       ON CONFLICT (language_id, key) DO UPDATE
       SET value = excluded.value, "default" = excluded."default", updated = excluded.updated
       WHERE (content_copy.value, content_copy."default", content_copy.updated)
             IS DISTINCT FROM (excluded.value, excluded."default", excluded.updated)""",
    """CREATE TEMPORARY TABLE s_link ON COMMIT DROP AS SELECT t.id AS copy_id, g.id AS tag_id
       FROM s_copy s CROSS JOIN LATERAL unnest(s.tags) AS wanted(slug)
       JOIN content_country c ON c.code = s.country JOIN content_language l ON l.country_id = c.id AND l.code = s.code
       JOIN content_copy t ON t.language_id = l.id AND t.key = s.key JOIN content_tag g ON g.slug = wanted.slug""",
    """DELETE FROM content_copy_tags x USING content_copy t, s_copy s, content_language l, content_country c
       WHERE t.id = x.copy_id AND l.id = t.language_id AND c.id = l.country_id
       AND (s.country, s.code, s.key) = (c.code, l.code, t.key)
       AND NOT EXISTS (SELECT 1 FROM s_link k WHERE (k.copy_id, k.tag_id) = (x.copy_id, x.tag_id))""",
    """INSERT INTO content_copy_tags (copy_id, tag_id) SELECT copy_id, tag_id FROM s_link
       ON CONFLICT (copy_id, tag_id) DO NOTHING""",
)


def transfer(source: Site, replica: Site) -> tuple[float, float]:
    """(seconds of COPY out, seconds of COPY in and merge)."""
    started = time.perf_counter()
    with source.connect() as connection:
        data = {name: _out(connection, sql) for name, sql in OUT.items()}
    copied = time.perf_counter()
    with replica.connect() as connection, connection.transaction():
        for name, columns in STAGING.items():
            connection.execute(f"CREATE TEMPORARY TABLE s_{name} ({columns}) ON COMMIT DROP")
            _in(connection, f"s_{name}", data[name])
        for statement in MERGE:
            connection.execute(statement)
    return copied - started, time.perf_counter() - copied


def _out(connection: psycopg.Connection[Any], sql: str) -> list[bytes]:
    with connection.cursor() as cursor, cursor.copy(f"COPY ({sql}) TO STDOUT") as copy:
        return [bytes(piece) for piece in copy]


def _in(connection: psycopg.Connection[Any], table: str, data: list[bytes]) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN") as copy:
        for piece in data:
            copy.write(piece)
