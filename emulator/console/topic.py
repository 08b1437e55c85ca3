"""A topic: who subscribes, what was published lately, and a form to publish."""

from __future__ import annotations

from itertools import islice

from emulator.console.html import Markup, fill
from emulator.console.layout import link, messages, page, section
from emulator.console.overview import subscribers
from emulator.pubsub.messages import Message
from emulator.pubsub.subscriptions import Subscription
from emulator.pubsub.topics import Topic
from emulator.state import State

_SHOWN = 25
_PUBLISH = """<form method="post" action="/console/{name}:publish">
<label>Message <textarea name="data" rows="4" autofocus></textarea></label>
<label><span>Attributes, one <code>name=value</code> a line</span>
<textarea name="attributes" rows="2"></textarea></label>
<label>Ordering key <input name="ordering_key"></label>
<button>Publish</button></form>"""


def topic(state: State, name: str, *, notice: str = "") -> Markup:
    """The page; NotFound if there is none."""
    found = state.topics.get(name)
    subscriptions = [each for each in state.subscriptions.all() if each.source is found]
    now = state.clock()
    return page(
        name.rpartition("/")[2],
        [
            section("Publish", fill(_PUBLISH, name=name)),
            section(
                "Subscriptions", subscribers(subscriptions, now, empty="Nobody subscribes: what is published is gone.")
            ),
            _dead_letters(state, name),
            section(
                f"The last {_SHOWN} that are still kept",
                messages(
                    recent(found, subscriptions, now=now),
                    empty="Nothing: all of it is acknowledged, and the topic retains none.",
                ),
            ),
        ],
        trail=f"Topic {name}",
        notice=notice,
    )


def recent(found: Topic, subscriptions: list[Subscription], *, now: float) -> list[Message]:
    """The newest messages that anything still holds, newest first."""
    held = [islice(reversed(each.backlog.unacknowledged.values()), _SHOWN) for each in subscriptions]
    retained = found.log.retained(now=now)[-_SHOWN:]
    known = {each.number: each for part in (*held, retained) for each in part}
    return [known[number] for number in sorted(known, reverse=True)[:_SHOWN]]


def _dead_letters(state: State, name: str) -> Markup:
    sources = [each for each in state.subscriptions.all() if each.settings.dead_letter_topic == name]
    if not sources:
        return Markup()
    items = [fill("<li>{each}</li>", each=link(each.name)) for each in sources]
    return section("Dead letters of", fill("<ul>{items}</ul>", items=items))
