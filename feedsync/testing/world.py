"""A world of environments, each with a database alias of its own, joined by topics in memory.

Nothing happens by itself: marks wait until `relay`, messages until `deliver`, what is parked until `settle`. Time
stands still but for the steps taken, and everything accidental comes from the seed.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Self

from consumers.apply import Outcome, apply
from consumers.apply.batch import retry_parked
from feedsync import clock
from feedsync.errors import TransientError
from feedsync.relay.batch import Batch, Hook, Idle, Result, pass_by
from feedsync.relay.leases import LEASE_SECONDS
from feedsync.relay.worker import Worker
from feedsync.testing import contents, databases, files, running, settling
from feedsync.testing.crashing import Crash, crash
from feedsync.testing.emptying import empty
from feedsync.testing.environment import Environment, Time
from feedsync.testing.hosts import Host, Topic, changes_of
from feedsync.testing.pulling import Pull
from feedsync.testing.running import Operations
from feedsync.testing.settling import ROUNDS, Unsettled
from feedsync.transport.memory import Faults, MemoryTransport

BEGINNING = 1_750_000_000_000  # in milliseconds: some day in 2025
SHOWN = 20


class World:
    """`envs`: names of environments, each of which gets an empty database of its own; or {name: database alias}.

    `flows`: (source, replica) pairs, without it each from each other. `skews`: {environment: milliseconds by which its
    clock is ahead}. `faults`: of every topic; its seed is the world's.
    `forward`: the environments that pass on what they receive.
    """

    def __init__(
        self,
        envs: Sequence[str] | Mapping[str, str],
        *,
        seed: int = 0,
        flows: Iterable[tuple[str, str]] | None = None,
        faults: Faults | None = None,
        skews: Mapping[str, int] | None = None,
        forward: Collection[str] = (),
    ) -> None:
        pairs = None if flows is None else list(flows)
        self._anew = partial(World, envs, seed=seed, flows=pairs, faults=faults, skews=skews, forward=forward)
        self._told: tuple[Operations, int, list[running.Step]] | None = None
        self.random = random.Random(seed)  # noqa: S311  # dice, no secrets
        self.time = Time(BEGINNING)
        self._seed = seed
        self._faults = faults or Faults()
        self._pulls: list[Pull] = []
        self._hosts: dict[str, Host] = {}
        if isinstance(envs, Mapping):
            aliases = dict(envs)
        else:
            aliases = databases.copies(envs)
            empty(aliases.values())
        for name, alias in aliases.items():
            skew = (skews or {}).get(name, 0)
            host = Host(Environment(name=name, alias=alias, time=self.time, skew=skew, forward=name in forward))
            self._hosts[name] = host
            with host.environment.entered():
                clock.read(alias, host.environment.now)
            host.stamp()
        everybody = [(one, other) for one in aliases for other in aliases if one != other]
        for source, replica in everybody if pairs is None else pairs:
            self.subscribe(replica, source)

    def run(self, operations: Operations, *, seed: int = 0, steps: int = 30) -> Self:
        """A history: writes among relays, deliveries in any order, pulls and crashes, all by the seed, then `settle`.

        `operations`: functions of a `random.Random` that write as your code does, or {function: how often}.
        """
        chosen = running.plan(self._flows, operations, seed, steps)
        self._told = (operations, seed, chosen)
        running.play(self, operations, chosen)
        return self

    @property
    def _flows(self) -> list[tuple[str, str]]:
        return [(source, name) for name, host in self._hosts.items() for source in host.subscriptions]

    def pull_underway(self, source: str, replica: str) -> Pull:
        """The pull that hasn't ended, or a new one."""
        here, there = self._hosts[source].environment, self._hosts[replica].environment
        underway = (pull for pull in self._pulls if (pull.source, pull.replica) == (here, there) and not pull.done)
        return next(underway, None) or self.begin_pull(source, replica)

    @property
    def names(self) -> list[str]:
        return list(self._hosts)

    def alias(self, name: str) -> str:
        return self._hosts[name].environment.alias

    @contextmanager
    def on(self, name: str) -> Iterator[str]:
        """Inside, this process is that environment, and models are read and written in its database."""
        self.time.pass_by(1)
        host = self._hosts[name]
        with host.environment.entered() as alias:
            yield alias
        host.stamp()

    def subscribe(self, replica: str, source: str) -> None:
        """From now on; what was published before comes by `pull`."""
        faults = replace(self._faults, seed=self.random.getrandbits(32))
        self._hosts[replica].subscriptions[source] = MemoryTransport(faults)

    def relay(self, name: str, *, at: Hook = pass_by) -> Result | None:
        """One batch; None where it died on the way or could not publish, and the marks are still there."""
        self.time.pass_by(1)
        host = self._hosts[name]
        topic = Topic(
            [other.subscriptions[name] for other in self._hosts.values() if name in other.subscriptions], host
        )
        worker = Worker(using=host.environment.alias, now=host.environment.now)
        with host.environment.entered():
            try:
                return Batch(worker, topic, at=at).run()
            except (Crash, TransientError):
                # Whoever died holds its lanes for a while.
                self.time.pass_by(LEASE_SECONDS * 1000 + 1)
                return None
            finally:
                host.stamp()

    def drain(self, name: str) -> None:
        """Relay until there is no mark left."""
        for _ in range(ROUNDS):
            if isinstance(self.relay(name), Idle):
                return
            self.time.pass_by(1)
        raise Unsettled(f"{name} has marks that are never done.")

    def published(self, name: str) -> int:
        """Changes that its relay has published, its own and those that it passed on."""
        return self._hosts[name].published

    def waiting(self, name: str) -> int:
        """Messages that are not acknowledged."""
        return len(self._hosts[name].messages())

    def deliver(self, name: str, count: int | None = None, *, acknowledge: bool = True, dying: bool = False) -> Outcome:
        """Some messages, all if `count` is None, chosen and shuffled by the seed, applied together.

        What isn't acknowledged comes again. `dying`: the process dies before it commits.
        """
        self.time.pass_by(1)
        host = self._hosts[name]
        messages = host.messages()
        chosen = self.random.sample(messages, len(messages) if count is None else min(count, len(messages)))
        with host.environment.entered() as alias:
            changes = [change for delivery in chosen for change in changes_of(delivery)]
            try:
                outcome = apply(changes, using=alias, then=crash if dying else None, now=host.environment.now)
            except Crash:
                return Outcome()
        host.stamp()
        if acknowledge:
            for delivery in chosen:
                host.subscriptions[delivery.source.name].ack([int(delivery.ack_id)])
        return outcome

    def sweep(self, name: str) -> Outcome:
        """Try what is parked again."""
        with self.on(name) as alias:
            return retry_parked(alias, now=self._hosts[name].environment.now)

    def fetch(self, name: str) -> Outcome:
        """Files that changes wait for, from where the changes were made or who passed them on; then the changes."""
        heard = [self._hosts[source].environment for source in self._hosts[name].subscriptions]
        outcome = files.fetch(self._hosts[name].environment, heard)
        self._hosts[name].stamp()
        return outcome

    def begin_pull(self, source: str, replica: str, *, chunk: int = 2) -> Pull:
        """A pull that goes on by `step`; `settle` ends it."""
        pull = Pull(self._hosts[source].environment, self._hosts[replica].environment, chunk=chunk)
        self._pulls = [open_one for open_one in self._pulls if not open_one.done] + [pull]
        return pull

    def pull(self, source: str, replica: str, *, chunk: int = 2) -> Outcome:
        """A full pull from its first line to its last."""
        outcome = self.begin_pull(source, replica, chunk=chunk).run()
        self._stamp_all()
        return outcome

    def settle(self) -> None:
        """Until nothing moves: pulls ended, marks relayed, messages applied, nothing parked that can be applied."""
        for pull in self._pulls:
            pull.run()
        self._stamp_all()
        settling.settle(self)

    def leftovers(self) -> list[str]:
        """What waits for something or for a person, in words."""
        return settling.leftovers(self)

    def assert_converged(self, *names: str) -> None:
        """Every registered value is the same in these environments, or in all, and nothing is left over."""
        chosen = names or tuple(self._hosts)
        found = self.differences(*chosen) + self.leftovers()
        more = [f"and {len(found) - SHOWN} more"] if len(found) > SHOWN else []
        if found:
            lines = [f"{' and '.join(chosen)} differ:", *found[:SHOWN], *more, *self._replay()]
            raise AssertionError("\n".join(lines))

    def _replay(self) -> Iterator[str]:
        """How to see it again, and the shortest history that ends so; for worlds that have databases of their own."""
        if self._told is None:
            return
        operations, seed, steps = self._told
        short = running.shrunk(steps, partial(_fails, self._anew, operations))
        yield f"world.run(operations, seed={seed}) tells the same {len(steps)} steps. It takes {len(short)} of them:"
        yield from (f"  {running.told(operations, step)}" for step in short)

    def differences(self, first: str, *others: str) -> list[str]:
        """A line for each object that isn't the same in all of them."""
        whole = (first, self._contents(first))
        return [line for other in others for line in contents.differences(whole, (other, self._contents(other)))]

    def _contents(self, name: str) -> contents.Contents:
        environment = self._hosts[name].environment
        with environment.entered():  # a storage may belong to one
            return contents.of(environment.alias)

    def _stamp_all(self) -> None:
        for host in self._hosts.values():
            host.stamp()


def _fails(anew: Callable[[], World], operations: Operations, steps: Sequence[running.Step]) -> bool:
    """Whether a history of these steps ends with a difference, or in an error."""
    world = anew()
    try:
        running.play(world, operations, steps)
        return bool(world.differences(*world.names) or world.leftovers())
    except Exception:  # noqa: BLE001  # whatever it is, it is what is looked for
        return True
