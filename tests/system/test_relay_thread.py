"""RELAY "thread": published right after the commit, without a command, without disturbing anybody."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.core.signals import request_started
from django.db import transaction
from django.test import override_settings

from feedsync.relay import thread
from tests.db.relay.relaying import marks
from tests.library.models import Country
from tests.system.cloud import Cloud, keys
from tests.system.processes import THREADED, environment, start, until

pytestmark = pytest.mark.usefixtures("threaded")
committed = pytest.mark.django_db(transaction=True, databases=["default", "other"])
SAVE = """
import django; django.setup()
from tests.library.models import Country
Country.objects.create(code="GB")
"""
FORK = """
import os, sys, django; django.setup()
from feedsync.relay import thread
from tests.library.models import Country
Country.objects.create(code="GB")
assert thread.current().wait(20)
from django.db import connections
connections.close_all()
child = os.fork()
Country.objects.create(code="CHILD" if child == 0 else "PARENT")
assert thread.current().wait(20)
if child:
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@committed
def test_a_commit_is_published_at_once(cloud: Cloud) -> None:
    """Nothing is called: the commit wakes the thread."""
    Country.objects.create(code="GB")
    until(lambda: keys(cloud) == ['["GB"]'])
    assert thread.current().wait(10)
    assert marks() == 0


@committed
def test_a_rollback_wakes_nobody(cloud: Cloud) -> None:
    """No commit, no thread."""
    with transaction.atomic():
        Country.objects.create(code="GB")
        transaction.set_rollback(True)
    assert not thread.current().running


@committed
def test_no_thread_where_the_setting_says_command() -> None:
    """RELAY "command" leaves the marks to the command."""
    with override_settings(FEEDSYNC=THREADED | {"RELAY": "command"}):
        Country.objects.create(code="GB")
    assert not thread.current().running
    assert marks() == 1


@pytest.mark.django_db(databases=["default", "other"])
def test_r30_no_thread_inside_a_test_case_transaction(
    django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[object]],
) -> None:
    """Neither by callbacks that a test runs early, nor by a request."""
    with django_capture_on_commit_callbacks(execute=True):
        Country.objects.create(code="GB")
    request_started.send(sender=None)
    assert not thread.current().running


@committed
def test_the_first_request_drains_what_a_dead_process_left(cloud: Cloud) -> None:
    """Marks of a process that died before it relayed; this one never writes."""
    with override_settings(FEEDSYNC=THREADED | {"RELAY": "command"}):
        Country.objects.create(code="GB")
    thread.listen()
    request_started.send(sender=None)
    until(lambda: keys(cloud) == ['["GB"]'])


@committed
def test_a_process_that_ends_at_once_still_publishes(cloud: Cloud) -> None:
    """A short script saves and ends: its changes get the time to leave."""
    process = start(["-c", SAVE], environment(cloud, RELAY="thread"))
    output, _ = process.communicate(timeout=30)
    assert process.returncode == 0, output
    assert keys(cloud) == ['["GB"]']


@committed
def test_after_a_fork_parent_and_child_have_a_thread_each(cloud: Cloud) -> None:
    """As under a server that forks its workers."""
    variables = environment(cloud, RELAY="thread") | {"GRPC_ENABLE_FORK_SUPPORT": "1"}
    process = start(["-c", FORK], variables)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0, output
    assert set(keys(cloud)) == {'["GB"]', '["CHILD"]', '["PARENT"]'}
    assert os.getpid() != process.pid
