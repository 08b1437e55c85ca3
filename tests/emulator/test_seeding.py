"""Seed files: the same resources in three notations, and errors that name the culprit."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path

import pytest

from emulator import Emulator
from emulator.seeding import SeedError
from tests.emulator.conftest import connected

TOML = """
[[topics]]
name = "projects/demo/topics/books"
labels = { a = "b" }

[[subscriptions]]
name = "projects/demo/subscriptions/readers"
topic = "projects/demo/topics/books"
ackDeadlineSeconds = 60
filter = 'attributes.origin = "north"'
retryPolicy = { minimumBackoff = "5s" }

[[schemas]]
name = "projects/demo/schemas/book"
type = "AVRO"
definition = '{"type": "record", "name": "Book", "fields": [{"name": "title", "type": "string"}]}'
"""
JSON = """{
  "topics": [{"name": "projects/demo/topics/books", "labels": {"a": "b"}}],
  "subscriptions": [
    {"name": "projects/demo/subscriptions/readers", "topic": "projects/demo/topics/books", "ack_deadline_seconds": 60,
     "filter": "attributes.origin = \\"north\\"", "retryPolicy": {"minimumBackoff": "5s"}}
  ],
  "schemas": [{"name": "projects/demo/schemas/book", "type": "AVRO", "definition": "\\"string\\""}]
}"""
YAML = """
topics:
  - name: projects/demo/topics/books
    labels: {a: b}
subscriptions:
  - name: projects/demo/subscriptions/readers
    topic: projects/demo/topics/books
    ackDeadlineSeconds: 60
    filter: attributes.origin = "north"
    retryPolicy: {minimumBackoff: 5s}
queues:
  - name: projects/demo/locations/europe-west1/queues/errands
    rateLimits: {maxDispatchesPerSecond: 5}
schemas:
  - {name: projects/demo/schemas/book, type: AVRO, definition: '"string"'}
"""


def seed(directory: Path, name: str, text: str) -> Path:
    """A seed file."""
    path = directory / name
    path.write_text(text)
    return path


@pytest.mark.parametrize(("name", "text"), [("a.toml", TOML), ("a.json", JSON), ("a.yaml", YAML), ("a.yml", YAML)])
def test_what_a_seed_file_declares_is_there(tmp_path: Path, name: str, text: str) -> None:
    """Topics, subscriptions with their fields, and schemas, before the first client comes."""
    with Emulator(seed_file=seed(tmp_path, name, text)) as cloud:
        for clients in connected(cloud.host):
            assert clients.publisher.get_topic(topic="projects/demo/topics/books").labels["a"] == "b"
            made = clients.subscriber.get_subscription(subscription="projects/demo/subscriptions/readers")
            assert (made.ack_deadline_seconds, made.filter) == (60, 'attributes.origin = "north"')
            assert made.retry_policy.minimum_backoff.total_seconds() == 5


def test_queues_are_seeds_too(tmp_path: Path) -> None:
    """With their rates."""
    with Emulator(seed_file=seed(tmp_path, "a.yaml", YAML)) as cloud:
        url = f"http://{cloud.host}/v2/projects/demo/locations/europe-west1/queues/errands"
        with urllib.request.urlopen(url, timeout=10) as answer:
            assert json.loads(answer.read())["rateLimits"]["maxDispatchesPerSecond"] == 5


TOPIC = '[[topics]]\nname = "projects/demo/topics/books"\n'


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        (
            "a.toml",
            TOPIC + "lables = {}\n",
            r"a\.toml, line 2: number 1 of topics, projects/demo/topics/books: .*lables",
        ),
        ("a.toml", TOPIC + TOPIC, r"line 2: number 2 of topics, projects/demo/topics/books: declared twice"),
        (
            "a.toml",
            TOPIC + '[[topics]]\nname = "books"\n',
            r"line 4: number 2 of topics, books: a name has the form projects/<project>/topics",
        ),
        ("a.toml", TOPIC + "[[topics]]\nlabels = {}\n", "number 2 of topics has no name"),
        (
            "a.toml",
            '[[subscriptions]]\nname = "projects/p/subscriptions/abc"\ntopic = "projects/p/topics/gone"',
            "gone",
        ),
        ("a.toml", "\n[[topic]]\n", r"line 2: unknown section 'topic'; there are schemas, topics"),
        ("a.toml", "\n\ntopics = ]\n", "line 3"),
        ("a.toml", "topics = [3]", "number 1 of topics must be a table"),
        ("a.toml", "topics = 3", "topics must be a list"),
        ("a.json", '{\n"topics" [', "line 2 column"),
        ("a.json", "[]", "expected a table with"),
        ("a.yaml", "topics:\n  - {name: [", "line 2"),
        ("a.xml", "<topics/>", r"must end with \.toml, \.json or \.yaml"),
    ],
)
def test_a_bad_seed_file_names_the_culprit(tmp_path: Path, name: str, text: str, expected: str) -> None:
    """The line, the entry, and what is wrong with it."""
    with pytest.raises(SeedError, match=expected):
        Emulator(seed_file=seed(tmp_path, name, text))


def test_a_seed_file_must_be_there(tmp_path: Path) -> None:
    """And be text."""
    with pytest.raises(SeedError, match=r"missing\.toml"):
        Emulator(seed_file=tmp_path / "missing.toml")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(SeedError, match="decode"):
        Emulator(seed_file=tmp_path / "binary.toml")
