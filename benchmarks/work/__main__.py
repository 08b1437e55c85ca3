"""A process that does what it is told: requests in on its standard input, a line of JSON each; answers out.

In: {"call": "module.function", "arguments": {…}}. Out: {"answer": …}. It has its Django set up and its connection open
before the first request, so that neither is part of what is measured.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from typing import Any, TextIO


def main(requests: TextIO, answers: TextIO) -> None:
    import django
    from django.db import connection

    django.setup()
    connection.ensure_connection()
    for line in requests:
        answers.write(json.dumps({"answer": _answer(json.loads(line))}) + "\n")
        answers.flush()


def _answer(request: dict[str, Any]) -> Any:
    module, name = request["call"].rsplit(".", 1)
    return getattr(import_module(f"benchmarks.work.{module}"), name)(**request["arguments"])


if __name__ == "__main__":
    own, sys.stdout = sys.stdout, sys.stderr  # whatever prints must not look like an answer
    main(sys.stdin, own)
