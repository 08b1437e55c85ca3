"""Versions in a ledger, looked at while everybody works: whether one goes back."""

from __future__ import annotations

import threading

from tests.demo.processes import Site

EVERY_SECONDS = 0.25
VERSIONS = "SELECT feed, key_hash, version, origin FROM feedsync_ledgerentry"


class Watch:
    """Looks while the `with` lasts. `went_back`: objects whose version did; `looks`: how often it looked."""

    def __init__(self, site: Site) -> None:
        self.went_back: list[tuple[str, str]] = []
        self.looks = 0
        self._site = site
        self._newest: dict[tuple[str, str], tuple[int, str]] = {}
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"watch-{site.name}")

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self._thread.join()

    def _run(self) -> None:
        plain = self._site.plain()
        while not self._ending.wait(EVERY_SECONDS):
            self.looks += 1
            for feed, key_hash, version, origin in plain.rows(VERSIONS):
                place, rank = (feed, key_hash), (version, origin)
                if rank < self._newest.get(place, (0, "")):
                    self.went_back.append(place)
                self._newest[place] = max(rank, self._newest.get(place, (0, "")))
        plain.close()
