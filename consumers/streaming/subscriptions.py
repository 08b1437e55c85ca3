"""The streams that are open right now, kept in step with the data sources; their threads end with them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from consumers.receiving.delivery import Delivery, Source
from consumers.streaming.inbox import Inbox
from consumers.streaming.stream import Stream


class Subscriptions:
    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self._streams: dict[Source, Stream] = {}

    @property
    def streams(self) -> Collection[Stream]:
        return self._streams.values()

    def follow(self, sources: Collection[Source]) -> tuple[list[Source], list[Source]]:
        """Open and close streams, so that exactly these sources have one; answers what began and what ended."""
        dead = {source for source, stream in self._streams.items() if not stream.alive}
        ended = [source for source in self._streams if source not in sources or source in dead]
        self._close(ended)
        begun = [source for source in sources if source not in self._streams]
        for source in begun:
            self._streams[source] = Stream(source, self._inbox)
            self._streams[source].start()
        return begun, ended

    def knows(self, source: Source) -> bool:
        return source in self._streams

    def acknowledge(self, deliveries: Iterable[Delivery]) -> None:
        by_source: dict[Source, list[str]] = {}
        for delivery in deliveries:
            by_source.setdefault(delivery.source, []).append(delivery.ack_id)
        for source, ack_ids in by_source.items():
            if source in self._streams:
                self._streams[source].leases.ack(ack_ids)

    def close(self) -> None:
        self._close(list(self._streams))

    def _close(self, sources: Sequence[Source]) -> None:
        """Streams first: what is given back while one is open comes again through it."""
        streams = [self._streams.pop(source) for source in sources]
        for stream in streams:
            stream.stop()
        for stream in streams:
            stream.leases.close()
