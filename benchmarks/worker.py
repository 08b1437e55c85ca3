"""The other end of `benchmarks.work`: a process of a site whose functions are called from here.

In: a site, then calls. Out: what they return. Ends with the context; a call that fails shows the end of its log.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Self

from benchmarks.stage import ROOT, Broken, Site


class Worker:
    """One process of a site. `call` waits for the answer; `begin` and `end` are its two halves."""

    def __init__(self, site: Site, **variables: str) -> None:
        self.site = site
        self._log = Path(site.directory) / f"{site.name}-worker.log"
        self._variables = variables
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        with self._log.open("a") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "benchmarks.work"],
                cwd=ROOT,
                env={**os.environ, **self.site.variables, **self._variables},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def call(self, name: str, **arguments: Any) -> Any:
        """`benchmarks.work.NAME(**arguments)` in that process."""
        self.begin(name, **arguments)
        return self.end()

    def begin(self, name: str, **arguments: Any) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"call": name, "arguments": arguments}) + "\n")
        self._process.stdin.flush()

    def end(self) -> Any:
        assert self._process is not None
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise Broken(f"{self.site.name}:\n{self._log.read_text()[-4000:]}")
        return json.loads(line)["answer"]
