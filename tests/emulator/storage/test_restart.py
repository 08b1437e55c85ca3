"""An emulator on a data directory, ended in good order, and another one on the same directory."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from emulator import Emulator
from emulator.errors import AlreadyExists, UnusableDirectory
from emulator.wire.iam import MESSAGES as IAM
from emulator.wire.pubsub import MESSAGES
from emulator.wire.schemas import MESSAGES as SCHEMAS
from emulator.wire.tasks import V2

PUBLISHER, SUBSCRIBER = "google.pubsub.v1.Publisher", "google.pubsub.v1.Subscriber"
TOPIC, SUBSCRIPTION = "projects/p/topics/books", "projects/p/subscriptions/books-replica"
TASKS = "google.cloud.tasks.v2.CloudTasks"
LOCATION = "projects/p/locations/here"
QUEUE = f"{LOCATION}/queues/pulls"
SNAPSHOT, SCHEMA = "projects/p/snapshots/monday", "projects/p/schemas/book"


def pulled(cloud: Emulator, limit: int = 100) -> list[Any]:
    """What a pull gives, leased."""
    request = MESSAGES["PullRequest"](subscription=SUBSCRIPTION, max_messages=limit, return_immediately=True)
    response = cloud._ask(SUBSCRIBER, "Pull", request).SerializeToString()
    return list(MESSAGES["PullResponse"].FromString(response).received_messages)


def said(messages: list[Any]) -> list[bytes]:
    """What messages of the state say."""
    return [message.data for message in messages]


def acknowledge(cloud: Emulator, received: list[Any]) -> None:
    """For good."""
    ack_ids = [each.ack_id for each in received]
    cloud._ask(SUBSCRIBER, "Acknowledge", MESSAGES["AcknowledgeRequest"](subscription=SUBSCRIPTION, ack_ids=ack_ids))


def refuse(cloud: Emulator, received: list[Any]) -> None:
    """Give back."""
    request = MESSAGES["ModifyAckDeadlineRequest"](subscription=SUBSCRIPTION, ack_ids=[received[0].ack_id])
    cloud._ask(SUBSCRIBER, "ModifyAckDeadline", request)


def test_a_backlog_comes_back_in_order(tmp_path: Path) -> None:
    """What is acknowledged is gone, what is leased or waiting is owed, with its attributes, key and time."""
    with Emulator(data_dir=tmp_path) as cloud:
        cloud.create_topic(TOPIC)
        cloud.create_subscription(SUBSCRIPTION, TOPIC, enable_message_ordering=True)
        for number in range(6):
            cloud.publish(TOPIC, b"%d" % number, ordering_key="a", origin="north")
        received = pulled(cloud, 4)
        acknowledge(cloud, received[:2])
        before = cloud.outstanding(SUBSCRIPTION)
    with Emulator(data_dir=tmp_path) as cloud:
        after = cloud.outstanding(SUBSCRIPTION)
        assert said(after) == [b"2", b"3", b"4", b"5"]
        assert [each.wire for each in after] == [each.wire for each in before]
        assert [dict(each.attributes) for each in after] == [{"origin": "north"}] * 4
        assert [each.message.data for each in pulled(cloud)] == [b"2", b"3", b"4", b"5"]


def test_ids_go_on_growing(tmp_path: Path) -> None:
    """No id is given twice, even if everything is acknowledged."""
    ids = []
    for _ in range(3):
        with Emulator(data_dir=tmp_path, seed_file=seeded(tmp_path)) as cloud:
            ids.append(int(cloud.publish(TOPIC, b"x")))
            acknowledge(cloud, pulled(cloud))
    assert ids == sorted(set(ids))


def seeded(directory: Path) -> Path:
    """A seed file with a topic and a subscription; what is kept already stays as it is."""
    path = directory / "seed.toml"
    path.write_text(
        f'[[topics]]\nname = "{TOPIC}"\n[[subscriptions]]\nname = "{SUBSCRIPTION}"\ntopic = "{TOPIC}"\n'
        f'deadLetterPolicy = {{ deadLetterTopic = "{TOPIC}", maxDeliveryAttempts = 5 }}\n'
    )
    return path


def test_delivery_attempts_are_kept(tmp_path: Path) -> None:
    """The dead-letter policy counts over a restart."""
    attempts = []
    for _ in range(3):
        with Emulator(data_dir=tmp_path, seed_file=seeded(tmp_path)) as cloud:
            if not cloud.outstanding(SUBSCRIPTION):
                cloud.publish(TOPIC, b"x")
            received = pulled(cloud)
            attempts.append(received[0].delivery_attempt)
            refuse(cloud, received)
    assert attempts == [1, 2, 3]


def test_resources_come_back_as_they_were(tmp_path: Path) -> None:
    """Settings, labels, policies, revisions; what was deleted stays away."""
    with Emulator(data_dir=tmp_path) as cloud:
        definition = '{"type": "record", "name": "Book", "fields": [{"name": "title", "type": "string"}]}'
        schema = SCHEMAS["Schema"](type=2, definition=definition)
        request = SCHEMAS["CreateSchemaRequest"](parent="projects/p", schema_id="book", schema=schema)
        cloud._ask("google.pubsub.v1.SchemaService", "CreateSchema", request)
        topic = MESSAGES["Topic"](name=TOPIC, labels={"a": "b"}, schema_settings={"schema": SCHEMA, "encoding": 1})
        cloud._ask(PUBLISHER, "CreateTopic", topic)
        cloud.create_subscription(SUBSCRIPTION, TOPIC, filter='attributes.a = "b"', ack_deadline_seconds=33)
        cloud.create_topic("projects/p/topics/gone")
        cloud._ask(PUBLISHER, "DeleteTopic", MESSAGES["DeleteTopicRequest"](topic="projects/p/topics/gone"))
        policy = IAM["Policy"](bindings=[IAM["Binding"](role="roles/viewer", members=["allUsers"])])
        request = IAM["SetIamPolicyRequest"](resource=SUBSCRIPTION, policy=policy)
        cloud._ask("google.iam.v1.IAMPolicy", "SetIamPolicy", request)
        before = resources(cloud)
    with Emulator(data_dir=tmp_path) as cloud:
        assert resources(cloud) == before
        assert "gone" not in before[0]


def resources(cloud: Emulator) -> list[str]:
    """What the API shows of everything."""
    asked = [
        (PUBLISHER, "ListTopics", MESSAGES["ListTopicsRequest"](project="projects/p")),
        (SUBSCRIBER, "ListSubscriptions", MESSAGES["ListSubscriptionsRequest"](project="projects/p")),
        ("google.iam.v1.IAMPolicy", "GetIamPolicy", IAM["GetIamPolicyRequest"](resource=SUBSCRIPTION)),
        ("google.pubsub.v1.SchemaService", "GetSchema", SCHEMAS["GetSchemaRequest"](name=SCHEMA, view=2)),
    ]
    return [str(cloud._ask(*each)) for each in asked]


def test_a_snapshot_and_what_followed_come_back(tmp_path: Path) -> None:
    """A subscription can seek to a snapshot that was made before the restart."""
    with Emulator(data_dir=tmp_path) as cloud:
        cloud.create_topic(TOPIC)
        cloud.create_subscription(SUBSCRIPTION, TOPIC)
        cloud.publish(TOPIC, b"before")
        request = MESSAGES["CreateSnapshotRequest"](name=SNAPSHOT, subscription=SUBSCRIPTION)
        cloud._ask(SUBSCRIBER, "CreateSnapshot", request)
        cloud.publish(TOPIC, b"after")
        acknowledge(cloud, pulled(cloud))
    with Emulator(data_dir=tmp_path) as cloud:
        assert cloud.outstanding(SUBSCRIPTION) == []
        cloud._ask(SUBSCRIBER, "Seek", MESSAGES["SeekRequest"](subscription=SUBSCRIPTION, snapshot=SNAPSHOT))
        assert said(cloud.outstanding(SUBSCRIPTION)) == [b"before", b"after"]
    with Emulator(data_dir=tmp_path) as cloud:
        assert said(cloud.outstanding(SUBSCRIPTION)) == [b"before", b"after"]


def test_what_was_acknowledged_and_retained_comes_back(tmp_path: Path) -> None:
    """A seek back reaches over a restart."""
    with Emulator(data_dir=tmp_path) as cloud:
        cloud.create_topic(TOPIC)
        cloud.create_subscription(SUBSCRIPTION, TOPIC, retain_acked_messages=True)
        cloud.publish(TOPIC, b"x")
        acknowledge(cloud, pulled(cloud))
    with Emulator(data_dir=tmp_path) as cloud:
        assert cloud.outstanding(SUBSCRIPTION) == []
        cloud._ask(SUBSCRIBER, "Seek", MESSAGES["SeekRequest"](subscription=SUBSCRIPTION, time={"seconds": 1}))
        assert said(cloud.outstanding(SUBSCRIPTION)) == [b"x"]


def test_a_subscription_of_a_deleted_topic_keeps_its_messages(tmp_path: Path) -> None:
    """And is not connected to a new topic of the same name."""
    with Emulator(data_dir=tmp_path) as cloud:
        cloud.create_topic(TOPIC)
        cloud.create_subscription(SUBSCRIPTION, TOPIC)
        cloud.publish(TOPIC, b"old")
        cloud._ask(PUBLISHER, "DeleteTopic", MESSAGES["DeleteTopicRequest"](topic=TOPIC))
        cloud.create_topic(TOPIC)
    with Emulator(data_dir=tmp_path) as cloud:
        cloud.publish(TOPIC, b"new")
        assert said(cloud.outstanding(SUBSCRIPTION)) == [b"old"]
        request = MESSAGES["GetSubscriptionRequest"](subscription=SUBSCRIPTION)
        assert cloud._ask(SUBSCRIBER, "GetSubscription", request).topic == "_deleted-topic_"


def test_queues_and_tasks_come_back(tmp_path: Path) -> None:
    """A paused queue, a task with its time, a policy; the name of a deleted task stays taken."""
    with Emulator(data_dir=tmp_path) as cloud:
        cloud._ask(TASKS, "CreateQueue", V2["CreateQueueRequest"](parent=LOCATION, queue=V2["Queue"](name=QUEUE)))
        cloud._ask(TASKS, "PauseQueue", V2["PauseQueueRequest"](name=QUEUE))
        for identifier in ("stays", "goes"):
            create_task(cloud, identifier)
        cloud._ask(TASKS, "DeleteTask", V2["DeleteTaskRequest"](name=f"{QUEUE}/tasks/goes"))
        before = tasks(cloud)
    with Emulator(data_dir=tmp_path) as cloud:
        assert tasks(cloud) == before
        assert "stays" in before
        assert "PAUSED" in before
        with pytest.raises(AlreadyExists, match="too recently"):
            create_task(cloud, "goes")


def create_task(cloud: Emulator, identifier: str) -> None:
    """For an hour from now."""
    task = V2["Task"](name=f"{QUEUE}/tasks/{identifier}", http_request={"url": "http://127.0.0.1:9/", "body": b"x"})
    task.schedule_time.FromSeconds(int(time.time()) + 3600)
    cloud._ask(TASKS, "CreateTask", V2["CreateTaskRequest"](parent=QUEUE, task=task))


def tasks(cloud: Emulator) -> str:
    """What the API shows of the queue and its tasks."""
    queue = cloud._ask(TASKS, "GetQueue", V2["GetQueueRequest"](name=QUEUE))
    return f"{queue} {cloud._ask(TASKS, 'ListTasks', V2['ListTasksRequest'](parent=QUEUE, response_view=2))}"


def test_a_reset_is_kept_too(tmp_path: Path) -> None:
    """Afterwards there is nothing, nor after a restart."""
    with Emulator(data_dir=tmp_path, seed_file=seeded(tmp_path)) as cloud:
        cloud.publish(TOPIC, b"x")
        cloud.reset()
    with Emulator(data_dir=tmp_path, seed_file=seeded(tmp_path)) as cloud:
        assert cloud.outstanding(SUBSCRIPTION) == []


def test_two_emulators_on_one_directory(tmp_path: Path) -> None:
    """The second one refuses; when the first has ended, it would not."""
    with Emulator(data_dir=tmp_path), pytest.raises(UnusableDirectory, match="in use by another emulator"):
        Emulator(data_dir=tmp_path)
    with Emulator(data_dir=tmp_path) as cloud:
        cloud.create_topic(TOPIC)
