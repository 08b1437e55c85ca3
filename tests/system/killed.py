"""A program of autocommit writes that is killed at every one of its statements in turn; run as a process of its own.

Prints how many times it was killed. After each time the marks must be exactly those of the rows that differ.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

import django

django.setup()

from django.db import connection, connections  # noqa: E402  # Django is set up first

from feedsync.models import Mark  # noqa: E402
from tests.library.models import Person, Tag  # noqa: E402

Row = tuple[str, str, Any]
MOST_STATEMENTS = 200


def program() -> None:
    Tag.objects.create(slug="new")
    Tag.objects.filter(slug="updated").update(label="x")
    Tag.objects.get(slug="saved").save(update_fields=["label"])
    Tag.objects.get(slug="deleted").delete()
    Tag.objects.bulk_create([Tag(slug="bulk1"), Tag(slug="bulk2")])
    ada, bob = Person.objects.order_by("pk")
    ada.friends.add(bob)


def prepare() -> None:
    Tag.objects.all().delete()
    Person.objects.all().delete()
    Tag.objects.bulk_create([Tag(slug=slug) for slug in ("updated", "saved", "deleted")])
    Person.objects.bulk_create([Person(email="ada@example.org"), Person(email="bob@example.org")])
    Mark.objects.all().delete()


def rows() -> set[Row]:
    friends = {person.pk: tuple(person.friends.values_list("pk", flat=True)) for person in Person.objects.all()}
    tags = {("library.tag", str(tag.pk), (tag.slug, tag.label)) for tag in Tag.objects.exclude(slug="saved")}
    return tags | {("library.person", str(pk), known) for pk, known in friends.items()}


class KillAt:
    """Ends the process, unannounced, before its nth statement."""

    def __init__(self, number: int) -> None:
        self.left = number

    def __call__(self, execute: Any, *arguments: Any) -> Any:
        self.left -= 1
        if self.left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(*arguments)


def killed_at(number: int) -> bool:
    """Run the program in a fork; whether it was killed."""
    connections.close_all()
    child = os.fork()
    if not child:
        with connection.execute_wrapper(KillAt(number)):
            program()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def compare(before: set[Row]) -> None:
    saved = str(Tag.objects.get(slug="saved").pk)
    differing = {(feed, pk) for feed, pk, _ in before ^ rows()}
    marked = set(Mark.objects.exclude(feed="library.tag", object_pk=saved).values_list("feed", "object_pk"))
    assert marked == differing, (marked, differing)


def main() -> None:
    for number in range(MOST_STATEMENTS):
        prepare()
        before = rows()
        killed = killed_at(number)
        compare(before)
        if not killed:
            sys.stdout.write(f"killed {number} times\n")
            return


if __name__ == "__main__":
    main()
