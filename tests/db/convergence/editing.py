"""Random writes through the ORM, as users make them: each is chosen by the dice that it is given.

`Editor.edit` makes one write of any kind and answers what it was, in words. Writes that the database or Django refuses
are part of life: they are caught, and change nothing or what was committed before.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, models, transaction
from django.db.models import ProtectedError, QuerySet

Dice = random.Random
Edit = Callable[["Editor"], str]

EDITS: dict[str, list[Edit]] = {}  # by family: models that refer to each other
TRIES = 6


class Refused(Exception):
    """There is nothing to do this to."""


class TakenBack(Exception):
    """The user's transaction fails."""


def edit(family: str) -> Callable[[Edit], Edit]:
    def enter(function: Edit) -> Edit:
        EDITS.setdefault(family, []).append(function)
        return function

    return enter


@dataclass
class Editor:
    """One environment's user. `side` begins what both sides must not name alike."""

    alias: str
    dice: Dice
    side: str = ""
    edits: Sequence[Edit] = ()
    deleted: dict[str, list[Any]] = field(default_factory=dict)  # {model: primary keys that were free once}

    def edit(self) -> str:
        """One write, or a few in a transaction, which may be rolled back."""
        shape = self.dice.random()
        if shape < 0.6:
            return self._guarded(self._one)
        if shape < 0.75:
            return self._guarded(self._together)
        if shape < 0.85:
            return f"rolled back: {self._guarded(self._rolled_back)}"
        return self._guarded(self._one_atomic)

    def rows(self, model: Any) -> QuerySet[Any]:
        return QuerySet(model=model, using=self.alias).order_by("pk")

    def pick(self, model: Any) -> Any:
        found = list(self.rows(model))
        if not found:
            raise Refused(f"no {model.__name__}")
        return self.dice.choice(found)

    def some(self, model: Any, most: int = 3) -> list[Any]:
        found = list(self.rows(model))
        if not found:
            raise Refused(f"no {model.__name__}")
        return self.dice.sample(found, min(len(found), self.dice.randint(1, most)))

    def maybe(self, model: Any) -> Any:
        return self.dice.choice([None, *self.rows(model)])

    def word(self) -> str:
        return f"w{self.dice.randint(0, 9999)}"

    def code(self) -> str:
        return self.dice.choice("abcdef")

    def free_pk(self, model: Any) -> dict[str, Any]:
        """Sometimes the primary key of a row that is gone."""
        known = self.deleted.get(model.__name__, [])
        if not known or self.dice.random() < 0.6:
            return {}
        pk = self.dice.choice(known)
        return {} if self.rows(model).filter(pk=pk).exists() else {"pk": pk}

    def create(self, model: Any, **values: Any) -> Any:
        return self.rows(model).create(**self.free_pk(model), **values)

    def delete(self, instance: models.Model) -> None:
        pk = instance.pk
        instance.delete(using=self.alias)
        self.deleted.setdefault(type(instance).__name__, []).append(pk)

    def _one(self) -> str:
        for _ in range(TRIES):
            try:
                return self.dice.choice(self.edits)(self)
            except Refused:
                continue
        raise Refused("nothing to do")

    def _one_atomic(self) -> str:
        with transaction.atomic(using=self.alias):
            return self._one()

    def _together(self) -> str:
        with transaction.atomic(using=self.alias):
            return " + ".join(self._one() for _ in range(self.dice.randint(2, 4)))

    def _rolled_back(self) -> str:
        with transaction.atomic(using=self.alias):
            raise TakenBack(" + ".join(self._one() for _ in range(self.dice.randint(1, 3))))

    def _guarded(self, act: Callable[[], str]) -> str:
        try:
            return act()
        except (IntegrityError, ProtectedError, Refused, TakenBack) as reason:
            return f"nothing ({type(reason).__name__}: {reason})"
