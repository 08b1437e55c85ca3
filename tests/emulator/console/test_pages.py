"""The web page over real HTTP: what it shows, and that its forms do what clients can do."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta

import pytest
import requests

from emulator import Emulator
from tests.emulator.conftest import Pair

SECONDS = 10


def get(cloud: Emulator, path: str = "/") -> requests.Response:
    return requests.get(f"http://{cloud.host}{path}", timeout=SECONDS)


def post(cloud: Emulator, path: str, **fields: str | list[str]) -> requests.Response:
    return requests.post(f"http://{cloud.host}/console/{path}", data=fields, timeout=SECONDS)


def text(response: requests.Response) -> str:
    """What a person reads."""
    return " ".join(html.unescape(re.sub("<[^>]+>", " ", response.text)).split())


def test_the_first_page_shows_what_waits(cloud: Emulator, own_pair: Pair) -> None:
    """Topics and subscriptions with backlog, leased and age of the oldest."""
    cloud.publish(own_pair.topic, b"one")
    cloud.advance(125)
    topic, subscription = (name.rpartition("/")[2] for name in (own_pair.topic, own_pair.subscription))
    assert f"{topic} {own_pair.project.partition('/')[2]} 1" in text(get(cloud))
    assert f"{subscription} {topic} 1 0 2 min" in text(get(cloud))


def test_an_empty_emulator_says_so(cloud: Emulator) -> None:
    """Nothing is there yet, and how to change that."""
    assert "No topic yet. Create one as in the cloud, or with --seed-file." in text(get(cloud))


def test_publishing_pulling_and_acknowledging_by_hand(cloud: Emulator, own_pair: Pair) -> None:
    """A message goes from the form to the backlog, is pulled, given back, pulled again and acknowledged."""
    answer = post(
        cloud, f"{own_pair.topic}:publish", data='{"a": [1]}', attributes="kind=test\n x = y", ordering_key=""
    )
    assert answer.history[0].status_code == 303
    assert "Published." in text(answer)
    assert '"a": [ 1 ]' in text(answer)
    (message,) = cloud.outstanding(own_pair.subscription)
    assert (message.data, message.attributes) == (b'{"a": [1]}', {"kind": "test", "x": "y"})

    for verb, left in (("refuse", 1), ("acknowledge", 0)):
        pulled = post(cloud, f"{own_pair.subscription}:pull", count="5")
        ack_ids = re.findall('name="ack_id" value="([^"]+)"', pulled.text)
        assert len(ack_ids) == 1
        post(cloud, f"{own_pair.subscription}:{verb}", ack_id=ack_ids)
        assert len(cloud.outstanding(own_pair.subscription)) == left


def test_seeking_forward_empties_a_backlog(cloud: Emulator, own_pair: Pair) -> None:
    """The form's time is a browser's, in UTC."""
    cloud.publish(own_pair.topic, b"old")
    assert "Sought." in text(post(cloud, f"{own_pair.subscription}:seek", time="2100-01-02T03:04"))
    assert cloud.outstanding(own_pair.subscription) == []


def test_what_the_api_refuses_is_shown(cloud: Emulator, own_pair: Pair) -> None:
    """The service's own sentence, on the page of the resource."""
    answer = post(cloud, f"{own_pair.topic}:publish", data="", attributes="", ordering_key="")
    assert "must" in text(answer) or "needs" in text(answer)
    assert cloud.published(own_pair.topic) == []


@pytest.mark.parametrize(
    "path",
    ["/console/projects/p-none/topics/t-none", "/console/nothing", "/console/a/b/c", "/console/%00", "/console/"],
)
def test_what_is_not_there_is_not_found(cloud: Emulator, path: str) -> None:
    """With a page that says which name it was."""
    assert get(cloud, path).status_code == 404


def test_an_unknown_action_is_not_found(cloud: Emulator, own_pair: Pair) -> None:
    """No form asks for it."""
    assert post(cloud, f"{own_pair.topic}:explode").status_code == 404


def test_what_a_message_says_is_text_and_never_markup(cloud: Emulator, own_pair: Pair) -> None:
    """A message, an attribute or a notice can't bring a script along."""
    script = "<script>alert(1)</script>"
    cloud.publish(own_pair.topic, script.encode(), ordering_key="", kind=script)
    for path in (own_pair.topic, own_pair.subscription, f"{own_pair.topic}?notice={script}"):
        shown = get(cloud, f"/console/{path}")
        assert script not in shown.text
        assert html.escape(script) in shown.text
        assert "default-src 'none'" in shown.headers["Content-Security-Policy"]


def test_a_form_of_another_site_is_refused(cloud: Emulator, own_pair: Pair) -> None:
    """Whoever visits that site doesn't publish by it."""
    url = f"http://{cloud.host}/console/{own_pair.topic}:publish"
    headers = {"Sec-Fetch-Site": "cross-site"}
    assert requests.post(url, data={"data": "x"}, headers=headers, timeout=SECONDS).status_code == 403
    assert cloud.published(own_pair.topic) == []


def test_dead_letters_lead_from_one_to_the_other(cloud: Emulator, own_pair: Pair) -> None:
    """A subscription names its dead-letter topic, and that topic who fills it."""
    grave = f"{own_pair.project}/topics/grave"
    cloud.create_topic(grave)
    source = f"{own_pair.project}/subscriptions/source"
    cloud.create_subscription(source, own_pair.topic, dead_letter_policy={"dead_letter_topic": grave})
    assert "Dead letters to grave" in text(get(cloud, f"/console/{source}"))
    assert "Dead letters of source" in text(get(cloud, f"/console/{grave}"))


def test_queues_and_their_tasks(cloud: Emulator) -> None:
    """A task that waits is shown, its queue paused, the task deleted."""
    parent = "projects/demo/locations/europe-west1"
    queue = f"{parent}/queues/work"
    api = f"http://{cloud.host}/v2"
    requests.post(f"{api}/{parent}/queues", json={"name": queue}, timeout=SECONDS).raise_for_status()
    in_an_hour = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    task = {"httpRequest": {"url": "http://127.0.0.1:9/"}, "scheduleTime": in_an_hour, "name": f"{queue}/tasks/one"}
    requests.post(f"{api}/{queue}/tasks", json={"task": task}, timeout=SECONDS).raise_for_status()
    assert "work running 1 0" in text(get(cloud))
    assert "Paused." in text(post(cloud, f"{queue}:pause"))
    assert "one in" in text(get(cloud, f"/console/{queue}"))
    assert "Deleted." in text(post(cloud, f"{queue}/tasks/one:delete"))
    assert "Nothing waits here." in text(get(cloud, f"/console/{queue}"))
