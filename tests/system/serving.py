"""An environment "studio" with a database of its own, as a process that serves HTTP; prints its port when it is ready.

Arguments: how many copies it has, on which port it serves (0: any), and at which chunk of copies it dies without a
word (0: never). A second start on the same database finds its rows there. Each file in the folder "attachments" of its
media is an attachment's.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402  # Django is set up first
from django.core.management import call_command  # noqa: E402  # Django is set up first
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db.backends.signals import connection_created  # noqa: E402

from feedsync import capture_disabled  # noqa: E402
from tests.library.models import Attachment, Category, Copy, Country, EveryField, Language, Person, Tag  # noqa: E402


class Quiet(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def fill(count: int) -> None:
    """Rows of many kinds; every tenth copy has tags."""
    language = Language.objects.create(country=Country.objects.create(code="GB", name="Britain"), code="en")
    copies = [Copy(language=language, key=f"key.{number}", value=f"Text {number}") for number in range(count)]
    Copy.objects.bulk_create(copies, batch_size=1_000)
    tags = Tag.objects.bulk_create([Tag(slug=f"t{number}") for number in range(3)])
    through = Copy.tags.through
    through.objects.bulk_create([through(copy_id=copy.pk, tag_id=tags[copy.pk % 3].pk) for copy in copies[::10]])
    Category.objects.create(slug="child", parent=Category.objects.create(slug="parent"))
    Person.objects.create(email="a@example.org").friends.add(Person.objects.create(email="b@example.org"))
    EveryField.objects.create(name="x", binary=b"\0\xff", json={"a": [1, 2.5, None]})
    lying = sorted(path for path in (Path(settings.MEDIA_ROOT) / "attachments").glob("*"))
    Attachment.objects.bulk_create(Attachment(code=path.stem, file=f"attachments/{path.name}") for path in lying)


class Dying:
    """Ends the process before the nth chunk of copies is read."""

    def __init__(self, chunks: int) -> None:
        self.left = chunks

    def __call__(self, execute: Any, sql: str, *arguments: Any) -> Any:
        if 'FROM "library_copy"' in sql and "ORDER BY" in sql and "LIMIT" in sql:
            self.left -= 1
            if self.left == 0:
                os._exit(1)
        return execute(sql, *arguments)


def main(count: int, port: int, dies_at: int) -> None:
    call_command("migrate", verbosity=0)
    if not Country.objects.exists():
        with capture_disabled():
            fill(count)
    dying = Dying(dies_at)
    connection_created.connect(lambda connection, **_: connection.execute_wrappers.append(dying), weak=False)
    server = ThreadedWSGIServer(("127.0.0.1", port), Quiet)
    server.set_app(get_wsgi_application())
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
