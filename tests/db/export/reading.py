"""An export as a reader sees it: a request through Django's test client in, parsed lines and changes out."""

from __future__ import annotations

import json
import time
import zlib
from dataclasses import dataclass, field
from typing import Any

import zstandard
from django.db.models import Model
from django.test import Client

from feedsync import ledger, natural_keys, registry, snapshot
from feedsync.auth import signing
from feedsync.ledger import Entry
from feedsync.models import Mark
from feedsync.wire.page import Change, decode_change

SECRET = "a secret of the tests"
SETTINGS = {
    "ENVIRONMENT": "studio",
    "GOOGLE_CLOUD_PROJECT": "test",
    "RELAY": "command",
    "TASKS": "inline",
    "READERS": {"shop": {"secret": SECRET}, "kiosk": {"secret": SECRET, "feeds": ["library.tag"]}},
}


@dataclass
class Stream:
    """Header, changes in order, cursors and end of one export."""

    header: dict[str, Any] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    cursors: list[str] = field(default_factory=list)
    end: dict[str, Any] | None = None

    def of(self, feed: str) -> list[Change]:
        return [change for change in self.changes if change.feed == feed]


def get(path: str, *, query: str = "", reader: str = "shop", accept: str = "zstd, gzip") -> Any:
    """The response to a signed request."""
    header = signed(path, query, reader=reader)
    url = f"{path}?{query}" if query else path
    return Client().get(url, headers={"Authorization": header, "Accept-Encoding": accept})


def signed(path: str, query: str, *, reader: str = "shop") -> str:
    """The Authorization header; `time` is now."""
    message = signing.Message(environment="studio", method="GET", path=path, query=query)
    return signing.sign(message, SECRET, reader=reader, time=time.time())


def export(query: str = "", *, reader: str = "shop", accept: str = "zstd") -> Stream:
    response = get("/feedsync/export/", query=query, reader=reader, accept=accept)
    assert response.status_code == 200, response.content
    return parse(plain(b"".join(response.streaming_content), response["Content-Encoding"]))


def plain(body: bytes, encoding: str) -> bytes:
    if encoding == "zstd":
        return zstandard.ZstdDecompressor().decompressobj().decompress(body)
    return zlib.decompress(body, 16 + zlib.MAX_WBITS)


def parse(body: bytes) -> Stream:
    first, *rest = map(json.loads, body.splitlines())
    stream = Stream(header=first)
    for line in rest:
        if "changes" in line:
            stream.changes += [
                decode_change(item, feed=line["feed"], origin=line["origin"]) for item in line["changes"]
            ]
        elif "cursor" in line:
            stream.cursors.append(line["cursor"])
        else:
            stream.end = line
    return stream


def relayed(instance: Model, version: int, **values: Any) -> Entry:
    """The ledger as the relay leaves it: this version and the hash of the row's state; its marks are gone."""
    feed = registry.feed_of(type(instance))
    assert feed is not None
    state = snapshot.by_pks(feed, feed.alias, [instance.pk])[0]
    defaults = {"object_pk": str(instance.pk), "origin": "studio", "content_hash": state.content_hash()}
    entry = Entry.of(feed.label, state.key, version=version, **{**defaults, **values})
    ledger.put(feed.alias, [entry])
    Mark.objects.all().delete()
    return entry


def known(feed: str, *key: Any) -> Entry:
    """The ledger's entry of a key."""
    digest = natural_keys.digest(natural_keys.text(key))
    return ledger.read("default", feed, [digest])[digest]
