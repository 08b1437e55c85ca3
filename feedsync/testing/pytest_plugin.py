"""A test that writes a registered model's table past the capture fails. Opt in, in a conftest.py:

    pytest_plugins = ["feedsync.testing.pytest_plugin"]

Such a write reaches no other environment. `@pytest.mark.feedsync_uncaptured` allows it in a test, a class or a
module. What fixtures do before and after the test's own code isn't looked at.
"""

from __future__ import annotations

from collections.abc import Generator

import pytest

MARKER = "feedsync_uncaptured"
ADVICE = f"""\
No environment hears of it. Write through the ORM, or as one INSERT, UPDATE or DELETE … WHERE by cursor.execute; or call
feedsync.outbox.mark for the objects; or wrap it in feedsync.capture_disabled() and let a full pull follow; or set
FEEDSYNC["CAPTURE"] = "triggers". @pytest.mark.{MARKER} allows it in a test."""


def pytest_configure(config: pytest.Config) -> None:
    """The marker, for --strict-markers."""
    config.addinivalue_line("markers", f"{MARKER}: may write registered models past feedsync's capture")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Watch the test's own code."""
    if item.get_closest_marker(MARKER):
        return (yield)
    from feedsync.testing.uncaptured import watching  # models, which need Django to be set up

    with watching() as watch:
        answer = yield
    if writes := watch.left():
        pytest.fail("\n".join(["Written past feedsync's capture:", *map(str, writes), ADVICE]), pytrace=False)
    return answer
