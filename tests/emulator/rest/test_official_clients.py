"""The official Python client over REST, and gcloud, run unmodified."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from google.api_core import exceptions
from google.auth.credentials import AnonymousCredentials
from google.cloud.tasks_v2 import CloudTasksClient
from google.cloud.tasks_v2.services.cloud_tasks.transports.rest import CloudTasksRestTransport
from google.pubsub_v1 import PublisherClient, SchemaServiceClient, SubscriberClient
from google.pubsub_v1.services.publisher.transports.rest import PublisherRestTransport
from google.pubsub_v1.services.schema_service.transports.rest import SchemaServiceRestTransport
from google.pubsub_v1.services.subscriber.transports.rest import SubscriberRestTransport

from emulator import Emulator
from tests.emulator.conftest import Pair


@pytest.fixture
def publisher(cloud: Emulator) -> PublisherClient:
    """The generated client over REST."""
    credentials = AnonymousCredentials()  # type: ignore[no-untyped-call]
    return PublisherClient(
        transport=PublisherRestTransport(host=cloud.host, credentials=credentials, url_scheme="http")
    )


@pytest.fixture
def subscriber(cloud: Emulator) -> SubscriberClient:
    """The generated client over REST."""
    credentials = AnonymousCredentials()  # type: ignore[no-untyped-call]
    return SubscriberClient(
        transport=SubscriberRestTransport(host=cloud.host, credentials=credentials, url_scheme="http")
    )


def test_the_python_client_over_rest(publisher: Any, subscriber: Any, names: Pair) -> None:
    """Resources, updates by mask, pages, messages and errors, as over gRPC."""
    topic = publisher.create_topic(request={"name": names.topic, "labels": {"a": "b"}})
    topic.labels["c"] = "d"
    update = {"topic": topic, "update_mask": {"paths": ["labels"]}}
    assert dict(publisher.update_topic(request=update).labels) == {"a": "b", "c": "d"}
    wanted = {"name": names.subscription, "topic": names.topic, "retry_policy": {"minimum_backoff": {"seconds": 1}}}
    made = subscriber.create_subscription(request=wanted)
    assert made.retry_policy.minimum_backoff.total_seconds() == 1
    assert [each.name for each in publisher.list_topics(project=names.project)] == [names.topic]
    publisher.publish(topic=names.topic, messages=[{"data": b"\x00\xff", "ordering_key": "k"}])
    (received,) = subscriber.pull(subscription=names.subscription, max_messages=10).received_messages
    assert received.message.data == b"\x00\xff"
    subscriber.modify_ack_deadline(subscription=names.subscription, ack_ids=[received.ack_id], ack_deadline_seconds=20)
    subscriber.acknowledge(subscription=names.subscription, ack_ids=[received.ack_id])
    publisher.delete_topic(topic=names.topic)
    with pytest.raises(exceptions.NotFound, match="does not exist"):
        publisher.get_topic(topic=names.topic)


def test_the_schema_client_over_rest(cloud: Emulator) -> None:
    """A parent and an id in the path, enumerations, validation."""
    credentials = AnonymousCredentials()  # type: ignore[no-untyped-call]
    schemas: Any = SchemaServiceClient(
        transport=SchemaServiceRestTransport(host=cloud.host, credentials=credentials, url_scheme="http")
    )
    definition = '{"type": "record", "name": "Book", "fields": [{"name": "title", "type": "string"}]}'
    schema = {"type_": "AVRO", "definition": definition}
    made = schemas.create_schema(parent="projects/demo", schema=schema, schema_id="book")
    assert (made.name, made.type_.name) == ("projects/demo/schemas/book", "AVRO")
    assert [each.name for each in schemas.list_schemas(parent="projects/demo")] == [made.name]
    message = {"parent": "projects/demo", "name": made.name, "message": b'{"titel": "x"}', "encoding": "JSON"}
    with pytest.raises(exceptions.BadRequest, match="INVALID_JSON_AVRO_MESSAGE"):
        schemas.validate_message(request=message)


def test_the_tasks_client_over_rest(cloud: Emulator) -> None:
    """Queues and tasks; the path names the parent, the body the rest."""
    credentials = AnonymousCredentials()  # type: ignore[no-untyped-call]
    tasks: Any = CloudTasksClient(
        transport=CloudTasksRestTransport(host=cloud.host, credentials=credentials, url_scheme="http")
    )
    location = "projects/demo/locations/europe-west1"
    queue = tasks.create_queue(parent=location, queue={"name": f"{location}/queues/errands"})
    tasks.pause_queue(name=queue.name)
    task = {"http_request": {"url": "http://127.0.0.1:9/", "body": b"hi"}, "name": f"{queue.name}/tasks/one"}
    assert tasks.create_task(parent=queue.name, task=task).http_request.http_method.name == "POST"
    assert [each.name for each in tasks.list_tasks(parent=queue.name)] == [task["name"]]
    tasks.delete_queue(name=queue.name)


@pytest.fixture
def gcloud(cloud: Emulator, tmp_path: Path) -> Callable[..., Any]:
    """Runs a command of gcloud against the emulator, with a configuration of its own, and reads its JSON."""
    environment = os.environ | {
        "CLOUDSDK_CONFIG": str(tmp_path),
        "CLOUDSDK_CORE_PROJECT": "demo",
        "CLOUDSDK_CORE_DISABLE_PROMPTS": "1",
        "CLOUDSDK_AUTH_DISABLE_CREDENTIALS": "true",
        "CLOUDSDK_API_ENDPOINT_OVERRIDES_PUBSUB": f"http://{cloud.host}/",
        "CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDTASKS": f"http://{cloud.host}/",
    }

    def run(*arguments: str) -> Any:
        command = ["gcloud", *arguments, "--format=json", "--quiet"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=True)
        return json.loads(done.stdout)

    return run


@pytest.mark.gcloud
def test_gcloud(cloud: Emulator, gcloud: Callable[..., Any]) -> None:
    """Create, publish and pull from the command line; and a queue."""
    gcloud("pubsub", "topics", "create", "books", "--labels=a=b")
    gcloud(
        "pubsub",
        "subscriptions",
        "create",
        "readers",
        "--topic=books",
        "--ack-deadline=20",
        "--enable-message-ordering",
    )
    gcloud("pubsub", "topics", "publish", "books", "--message=hello", "--attribute=x=y")
    (pulled,) = gcloud("pubsub", "subscriptions", "pull", "readers", "--auto-ack")
    assert (pulled["message"]["data"], pulled["message"]["attributes"]) == ("aGVsbG8=", {"x": "y"})
    assert [each.data for each in cloud.acknowledged("projects/demo/subscriptions/readers")] == [b"hello"]
    gcloud("tasks", "queues", "create", "errands", "--location=europe-west1", "--max-attempts=3")
    shown = gcloud("tasks", "queues", "describe", "errands", "--location=europe-west1")
    assert (shown["state"], shown["retryConfig"]["maxAttempts"]) == ("RUNNING", 3)
