"""Whatever goes wrong at the source, the pull fails with a sentence to act on, and nothing is lost."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler

import pytest

from consumers.models import DataPull, DataSource
from consumers.pull.subscriptions import Ensured, MemorySubscriptions
from feedsync import clock
from feedsync.models import Clock
from tests.db.pull.pulling import World, pulled
from tests.db.pull.source import Source, country, tag
from tests.library.models import Country, Tag
from tests.unit.http.server import Answer, Server, chunked, plain

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _rows(source: Source) -> None:
    source.rows = {"library.tag": [tag(f"t{number}") for number in range(6)]}


def cut(handler: BaseHTTPRequestHandler) -> None:
    """Close without an answer."""
    handler.close_connection = True


ANSWERS: list[tuple[str, Answer, str]] = [
    ("contract", plain(b"{}", status=401), "READERS"),
    ("contract", plain(b"{}", status=403), "does not let it read"),
    ("contract", plain(b"no", status=404), "was not found"),
    ("contract", plain(b"<h1>Hello</h1>", kind="text/html"), "web page"),
    ("contract", plain(b"[]"), "no contract of feedsync"),
    ("contract", plain(b"not json"), "no JSON"),
    ("contract", cut, "closed the connection"),
    ("export", plain(b'{"x": 1}\n', kind="application/x-ndjson"), "no export of feedsync"),
    ("export", plain(b"[]\n", kind="application/x-ndjson"), "no export of feedsync"),
    ("export", plain(b"<html>\n", kind="text/plain"), "no JSON"),
    ("export", plain(b"", kind="application/x-ndjson", Connection="close"), "before its end line"),
    ("export", plain(b'{"error": "studio could not go on"}\n', Connection="close"), "studio could not go on"),
    ("export", chunked([b'{"export": 1'], complete=False), "cut"),
]


@pytest.mark.parametrize(("path", "answer", "message"), ANSWERS, ids=[f"{a}-{m}" for a, _, m in ANSWERS])
def test_bad_answer_fails_with_a_sentence(server: Server, path: str, answer: Answer, message: str) -> None:
    """Status, message, and not a row changed."""
    Tag.objects.create(slug="mine")
    server.answers[f"/feedsync/{path}/"] = answer
    pull = pulled(server.url)
    assert pull.status == DataPull.Status.FAILED
    assert message in pull.message
    assert list(Tag.objects.values_list("slug", flat=True)) == ["mine"]


def test_source_that_is_down(server: Server) -> None:
    """Nothing listens at the port."""
    pull = pulled("http://127.0.0.1:1")
    assert pull.status == DataPull.Status.FAILED
    assert "refused the connection" in pull.message


def test_source_that_hangs(server: Server) -> None:
    """It accepts and never answers: the read timeout ends the wait."""

    def hang(handler: BaseHTTPRequestHandler) -> None:
        server.released.wait()

    server.answers["/feedsync/contract/"] = hang
    pull = pulled(server.url, World(read_seconds=0.2))
    assert pull.status == DataPull.Status.FAILED
    assert "sent nothing in time" in pull.message


def test_another_environment_at_the_url(server: Server, source: Source) -> None:
    """A data source with the name of one environment and the URL of another must not mix their data."""
    source.environment = "somebody"
    pull = pulled(server.url)
    assert pull.status == DataPull.Status.FAILED
    assert "called somebody, the data source says studio" in pull.message
    assert not Tag.objects.exists()


def test_disabled_source_is_not_pulled(server: Server) -> None:
    """A pull of it fails, since somebody asked for it."""
    source = DataSource.objects.create(env_name="studio", env_url=server.url, enabled=False)
    assert not DataPull.objects.exists()
    pull = DataPull.objects.create(data_source=source)
    pull.refresh_from_db()
    assert "disabled" in pull.message


def test_nothing_in_common(server: Server, source: Source) -> None:
    """A source that offers none of our models is an error, not an empty success."""
    source.rows = {}
    assert "none of the models" in pulled(server.url).message


def test_failing_pull_deletes_nothing(server: Server, source: Source) -> None:
    """A stream that is cut for good leaves what was there, and what came."""
    Tag.objects.create(slug="mine")
    source.cut_after, source.cut_forever = 1, True
    pull = pulled(server.url)
    assert pull.status == DataPull.Status.FAILED
    assert pull.progress["cursor"] == "2"
    assert set(Tag.objects.values_list("slug", flat=True)) == {"mine", "t0", "t1"}


def test_empty_export_deletes_nothing(server: Server, source: Source) -> None:
    """No rows at the source is no order to delete."""
    source.rows = {"library.tag": []}
    Tag.objects.create(slug="mine")
    assert pulled(server.url).status == DataPull.Status.DONE
    assert Tag.objects.count() == 1


def test_source_that_sends_what_nobody_asked_for(server: Server, source: Source) -> None:
    """Of another feed that is registered here: refused with its whole chunk, what came before stays."""
    source.rows = {"library.tag": [tag("a")]}
    source.tombstones = [("library.country", country("GB", "Nowhere"))]
    pull = pulled(server.url)
    assert pull.status == DataPull.Status.FAILED
    assert "library.country, which it was not asked for" in pull.message
    assert Tag.objects.count() == 1
    assert not Country.objects.exists()


def test_unexpected_error_ends_the_pull(server: Server, source: Source) -> None:
    """Also what nobody thought of is shown instead of a pull that seems to run."""

    source.topic = "projects/test/topics/feedsync"

    class Broken(MemorySubscriptions):
        def ensure(self, source: str, topic: str, *, push: bool = False) -> Ensured:
            raise ZeroDivisionError("oh")

    pull = pulled(server.url, World(subscriptions=Broken()))
    assert pull.status == DataPull.Status.FAILED
    assert "ZeroDivisionError: oh" in pull.message


def test_p10_a_copied_database_is_not_filled(server: Server) -> None:
    """It asks the source for nothing, and says what to do."""
    clock.read("default")
    Clock.objects.update(environment="production")
    pull = pulled(server.url)
    assert pull.status == DataPull.Status.FAILED
    assert "feedsync_setup --adopt" in pull.message
    assert server.paths == []
