"""Tasks and pushes of the emulator as a process: its options, and its end while targets hang."""

from __future__ import annotations

import signal
import threading
from typing import Any

import requests

from tests.emulator.target import Target
from tests.emulator.tasks.conftest import LOCATION
from tests.emulator.test_command import process, ready_line

QUEUE = f"{LOCATION}/queues/q"


def ask(verb: str, url: str, body: Any) -> Any:
    """Call a method over REST."""
    answer = requests.request(verb, url, json=body, timeout=20)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_app_engine_and_project_are_options(target: Target) -> None:
    """Tasks go where the option says; the metadata server tells of the project."""
    with process("--port", "0", "--project", "mine", "--app-engine", f"worker={target.url}") as running:
        host = ready_line(running)[1]
        ask("POST", f"http://{host}/v2/{LOCATION}/queues", {"name": QUEUE})
        request = {"relativeUri": "/work", "appEngineRouting": {"service": "worker"}}
        ask("POST", f"http://{host}/v2/{QUEUE}/tasks", {"task": {"appEngineHttpRequest": request}})
        assert target.wait_for(1)[0].path == "/work"
        project = f"http://{host}/computeMetadata/v1/project/project-id"
        assert requests.get(project, headers={"Metadata-Flavor": "Google"}, timeout=20).text == "mine"


def test_the_process_ends_while_targets_hang(target: Target) -> None:
    """At once and in silence, with a task and a push under way."""
    release = threading.Event()
    target.answer = lambda _: release.wait(30) and 200
    topic, subscription = "projects/p/topics/topic", "projects/p/subscriptions/subscription"
    with process("--port", "0") as running:
        root = f"http://{ready_line(running)[1]}"
        ask("POST", f"{root}/v2/{LOCATION}/queues", {"name": QUEUE})
        ask("POST", f"{root}/v2/{QUEUE}/tasks", {"task": {"httpRequest": {"url": target.url}}})
        ask("PUT", f"{root}/v1/{topic}", {})
        ask("PUT", f"{root}/v1/{subscription}", {"topic": topic, "pushConfig": {"pushEndpoint": target.url}})
        ask("POST", f"{root}/v1/{topic}:publish", {"messages": [{"data": "aGVsbG8="}]})
        target.wait_for(2)
        running.send_signal(signal.SIGTERM)
        _, errors = running.communicate(timeout=10)
    release.set()
    assert (running.returncode, errors) == (0, "")
