"""IAM policies of all kinds of resources through the official clients."""

from __future__ import annotations

from typing import Any

import pytest
from google.api_core import exceptions
from google.iam.v1 import iam_policy_pb2, policy_pb2

from tests.emulator.conftest import Clients, Pair

pytestmark = pytest.mark.not_at_googles_emulator  # it has no IAM

PUBLISHERS = policy_pb2.Binding(role="roles/pubsub.publisher", members=["user:ann@example.com", "allUsers"])


@pytest.fixture(params=["topics", "subscriptions", "snapshots"])
def resource(request: pytest.FixtureRequest, clients: Clients, pair: Pair) -> str:
    """The name of a resource that has policies."""
    snapshot = f"{pair.project}/snapshots/moment"
    clients.subscriber.create_snapshot(name=snapshot, subscription=pair.subscription)
    return {"topics": pair.topic, "subscriptions": pair.subscription, "snapshots": snapshot}[str(request.param)]


def put(clients: Clients, resource: str, **fields: Any) -> policy_pb2.Policy:
    """Set a policy; fields as in the API."""
    mask = fields.pop("update_mask", None)
    sent = iam_policy_pb2.SetIamPolicyRequest(
        resource=resource, policy=policy_pb2.Policy(**fields), update_mask={"paths": mask} if mask else None
    )
    return clients.publisher.set_iam_policy(request=sent)


def shown(clients: Clients, resource: str) -> policy_pb2.Policy:
    """The policy as it is."""
    return clients.publisher.get_iam_policy(request={"resource": resource})


def test_a_policy_is_empty_until_it_is_set(clients: Clients, resource: str) -> None:
    """Then it is shown as it was set, with a new etag."""
    before = shown(clients, resource)
    assert not before.bindings
    assert before.etag
    after = put(clients, resource, bindings=[PUBLISHERS], etag=before.etag)
    assert list(after.bindings) == [PUBLISHERS]
    assert after.etag != before.etag
    assert shown(clients, resource) == after


def test_an_outdated_etag_is_refused(clients: Clients, resource: str) -> None:
    """Who has not read the latest policy must read it first; who names none overwrites."""
    before = shown(clients, resource)
    now = put(clients, resource, bindings=[PUBLISHERS], etag=before.etag)
    with pytest.raises(exceptions.Aborted, match="concurrent policy changes"):
        put(clients, resource, etag=before.etag)
    assert shown(clients, resource) == now
    assert not put(clients, resource).bindings


def test_the_mask_decides_what_is_set(clients: Clients, resource: str) -> None:
    """Without one, the audit configuration stays."""
    audit = policy_pb2.AuditConfig(service="allServices", audit_log_configs=[{"log_type": "DATA_READ"}])
    put(clients, resource, audit_configs=[audit], update_mask=["audit_configs"])
    found = put(clients, resource, bindings=[PUBLISHERS], audit_configs=[])
    assert list(found.audit_configs) == [audit]
    assert list(found.bindings) == [PUBLISHERS]


def test_a_policy_goes_with_its_resource(clients: Clients, pair: Pair) -> None:
    """A topic that is made again has none."""
    put(clients, pair.topic, bindings=[PUBLISHERS])
    clients.publisher.delete_topic(topic=pair.topic)
    with pytest.raises(exceptions.NotFound, match=pair.topic):
        shown(clients, pair.topic)
    clients.publisher.create_topic(name=pair.topic)
    assert not shown(clients, pair.topic).bindings


def test_everybody_may_do_everything(clients: Clients, resource: str) -> None:
    """All permissions are granted that were asked for; without the resource, none."""
    asked = ["pubsub.topics.publish", "pubsub.subscriptions.consume"]
    granted = clients.publisher.test_iam_permissions(request={"resource": resource, "permissions": asked})
    assert list(granted.permissions) == asked
    nothing = clients.publisher.test_iam_permissions(request={"resource": f"{resource}-2", "permissions": asked})
    assert list(nothing.permissions) == []


@pytest.mark.parametrize(
    ("fields", "culprit"),
    [
        ({"bindings": [{"role": "publisher", "members": ["allUsers"]}]}, "publisher"),
        ({"bindings": [{"role": "roles/pubsub.viewer", "members": ["ann@example.com"]}]}, "ann@example.com"),
        ({"bindings": [{"role": "roles/pubsub.viewer", "members": [f"user:{n}@x" for n in range(1501)]}]}, "1500"),
        ({"version": 2}, "not 2"),
        ({"version": 1, "bindings": [{"role": "roles/a.b", "condition": {"expression": "true"}}]}, "version 3"),
        ({"update_mask": ["nosuch"]}, "nosuch"),
    ],
)
def test_policies_that_make_no_sense_are_refused(
    clients: Clients, pair: Pair, fields: dict[str, Any], culprit: str
) -> None:
    """With the culprit; and the policy stays."""
    with pytest.raises(exceptions.InvalidArgument, match=culprit):
        put(clients, pair.topic, **fields)
    assert not shown(clients, pair.topic).bindings


def test_conditions_are_kept(clients: Clients, pair: Pair) -> None:
    """In a policy of version 3."""
    condition = {"title": "soon", "expression": "request.time < timestamp('2030-01-01T00:00:00Z')"}
    binding = policy_pb2.Binding(role="roles/pubsub.viewer", members=["domain:example.com"], condition=condition)
    put(clients, pair.topic, version=3, bindings=[binding])
    found = shown(clients, pair.topic)
    assert (found.version, list(found.bindings)) == (3, [binding])


@pytest.mark.parametrize("name", ["nonsense", "projects/p/nosuch/x", "projects/p", ""])
def test_names_of_other_things_are_refused(clients: Clients, name: str) -> None:
    """Only resources have policies."""
    with pytest.raises(exceptions.InvalidArgument):
        shown(clients, name)


@pytest.mark.parametrize("permission", ["pubsub.*", "nonsense", ""])
def test_what_is_no_permission_is_refused(clients: Clients, pair: Pair, permission: str) -> None:
    """Wildcards aren't either."""
    with pytest.raises(exceptions.InvalidArgument):
        clients.publisher.test_iam_permissions(request={"resource": pair.topic, "permissions": [permission]})


def test_policies_are_reached_over_json_too(clients: Clients, pair: Pair, standard_host: str) -> None:
    """With the paths of the public API."""
    from google.auth.credentials import AnonymousCredentials
    from google.pubsub_v1 import SubscriberClient
    from google.pubsub_v1.services.subscriber.transports import SubscriberRestTransport

    credentials = AnonymousCredentials()  # type: ignore[no-untyped-call]
    transport = SubscriberRestTransport(host=f"http://{standard_host}", credentials=credentials, url_scheme="http")
    with SubscriberClient(transport=transport) as client:
        sent = {"resource": pair.subscription, "policy": policy_pb2.Policy(bindings=[PUBLISHERS])}
        after = client.set_iam_policy(request=sent)
        assert client.get_iam_policy(request={"resource": pair.subscription}) == after
    assert shown(clients, pair.subscription) == after
