"""Models that nobody thought of: a few classes with keys, columns and relations of every kind, as Python source.

In: dice, hypothesis' or by seed. Out: the text of a module that defines and registers them, to be run by `making`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from tests.db.graphs.columns import COLUMNS

T = TypeVar("T")
HEAD = """\
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

import uuid

from feedsync import register_model
from tests.db.graphs.fields import Coded, Unflagged
"""
PROXY = """


class {name}Proxy({name}):
    class Meta:
        app_label = "library"
        proxy = True"""


class Dice(Protocol):
    def choice(self, items: Sequence[T], /) -> T:
        """One of them; the first is the plainest."""

    def random(self) -> float:
        """From 0 to 1; 0 is the plainest."""


@dataclass
class Drawn:
    """One class. `code`: it has a unique column of that name; `refers`: something may refer to it."""

    name: str
    bases: str = "models.Model"
    lines: list[str] = field(default_factory=list)
    constraints: list[str] = field(default_factory=list)
    key: list[str] = field(default_factory=list)
    code: bool = False
    referrable: bool = True
    plain: bool = True  # an automatic primary key in a table of its own
    abstract: bool = False
    registered: bool = True
    proxy: bool = False
    parent: str = ""

    def source(self) -> str:
        meta = ['app_label = "library"', *(["abstract = True"] if self.abstract else [])]
        if self.constraints:
            meta.append(f"constraints = [{', '.join(self.constraints)}]")
        body = [*self.lines, "", "class Meta:", *(f"    {line}" for line in meta)]
        text = f"class {self.name}({self.bases}):\n" + "\n".join(f"    {line}" if line else "" for line in body)
        if self.proxy:
            text += PROXY.format(name=self.name)
        if self.registered:
            names = ", ".join(f'"{name}"' for name in self.key)
            text += f"\n\n\nregister_model(natural_key=[{names}])({self.name}{'Proxy' if self.proxy else ''})"
        return text


def graph(dice: Dice) -> str:
    """For a database that knows constraints with conditions and of expressions, and checks foreign keys in the end."""
    return _Graph(dice).source()


class _Graph:
    def __init__(self, dice: Dice) -> None:
        self.dice = dice
        self.names = [f"M{number}" for number in range(dice.choice([2, 3, 4, 5]))]
        self.drawn: list[Drawn] = []

    def source(self) -> str:
        for name in self.names:
            self._model(name)
        for one in self.drawn:
            if not one.abstract:
                self._relations(one)
        return "\n\n\n".join([HEAD, *(one.source() for one in self.drawn)]) + "\n"

    def chance(self, likely: float) -> bool:
        return self.dice.random() > 1 - likely

    def _model(self, name: str) -> None:
        one = Drawn(name)
        kinds = [self._coded, self._coded, self._in_parent, self._one_to_one, self._uuid, self._text, self._composite]
        kinds += [self._child, self._abstract, self._nullable, self._through]
        self.dice.choice(kinds)(one)
        for column in COLUMNS:
            if self.chance(0.25):
                self._column(one, column)
        if self.chance(0.1) and not one.parent:
            self._generic(one)
        one.proxy = self.chance(0.05)
        one.registered = not self.chance(0.03)
        self.drawn.append(one)

    def _column(self, one: Drawn, column: Any) -> None:
        wanted = [other for other in COLUMNS if other.name in column.needs] + [column]
        lines = [line for each in wanted for line in each.lines]
        if set(self._names(one.bases)) & {_name(line) for line in lines}:  # a name that is inherited
            return
        one.lines += [line for line in lines if line not in one.lines]
        one.constraints += [text.format(name=one.name.lower()) for text in column.constraints]

    def _names(self, base: str) -> list[str]:
        """Of a class and its ancestors."""
        found = [one for one in self.drawn if one.name == base]
        return [name for one in found for name in [*map(_name, one.lines), *self._names(one.bases)]]

    def _earlier(self) -> list[Drawn]:
        return [one for one in self.drawn if one.referrable and not one.abstract]

    def _coded(self, one: Drawn) -> None:
        one.lines.append("code = models.CharField(max_length=20, unique=True)")
        one.key, one.code = ["code"], True

    def _in_parent(self, one: Drawn) -> None:
        """Its key runs through another model's."""
        earlier = self._earlier()
        if not earlier:
            self._coded(one)
            return
        target = self.dice.choice(earlier)
        one.lines.append(f'place = models.ForeignKey("{target.name}", models.CASCADE, related_name="+")')
        one.lines.append("code = models.CharField(max_length=20)")
        one.constraints.append(self._unique("place", "code", name=f"{one.name.lower()}_key"))
        one.key = ["place", "code"]

    def _one_to_one(self, one: Drawn) -> None:
        earlier = self._earlier()
        if not earlier:
            self._coded(one)
            return
        target = self.dice.choice(earlier)
        pk = self.chance(0.5)
        primary = "primary_key=True, " if pk else ""
        one.lines.append(f'owner = models.OneToOneField("{target.name}", models.CASCADE, {primary}related_name="+")')
        one.key, one.plain = ["owner"], not pk

    def _uuid(self, one: Drawn) -> None:
        one.lines.append("id = models.UUIDField(primary_key=True, default=uuid.uuid4)")
        one.key, one.plain = ["id"], False

    def _text(self, one: Drawn) -> None:
        one.lines.append("code = models.CharField(max_length=20, primary_key=True)")
        one.key, one.plain = ["code"], False

    def _composite(self, one: Drawn) -> None:
        earlier = self._earlier()
        if not earlier:
            self._coded(one)
            return
        target = self.dice.choice(earlier)
        one.lines.append('pk = models.CompositePrimaryKey("place", "position")')
        one.lines.append(f'place = models.ForeignKey("{target.name}", models.CASCADE, related_name="+")')
        one.lines.append("position = models.IntegerField()")
        one.key, one.referrable, one.plain = ["place", "position"], False, False

    def _child(self, one: Drawn) -> None:
        """Multi-table inheritance; its key is the parent's, or its own."""
        parents = [
            other for other in self.drawn if other.plain and other.code and not other.abstract and not other.proxy
        ]
        if not parents:
            self._coded(one)
            return
        parent = self.dice.choice(parents)
        one.bases, one.parent, one.key, one.plain = parent.name, parent.name, list(parent.key), False
        one.lines.append("extra = models.CharField(max_length=20, blank=True)")

    def _abstract(self, one: Drawn) -> None:
        base = Drawn(f"{one.name}Base", abstract=True, registered=False, referrable=False)
        base.lines.append("code = models.CharField(max_length=20, unique=True)")
        base.lines.append("common = models.CharField(max_length=20, blank=True)")
        self.drawn.append(base)
        one.bases, one.key, one.code = base.name, ["code"], True

    def _nullable(self, one: Drawn) -> None:
        """A key whose first part may be null."""
        earlier = self._earlier()
        if not earlier:
            self._coded(one)
            return
        target = self.dice.choice(earlier)
        one.lines.append(f'place = models.ForeignKey("{target.name}", models.CASCADE, null=True, related_name="+")')
        one.lines.append("code = models.CharField(max_length=20)")
        one.constraints.append(self._unique("place", "code", name=f"{one.name.lower()}_key"))
        condition = "condition=Q(place__isnull=True)"
        one.constraints.append(f'models.UniqueConstraint(fields=["code"], {condition}, name="{one.name.lower()}_null")')
        one.key = ["place", "code"]

    def _through(self, one: Drawn) -> None:
        """The explicit through model of two others' many-to-many field, with a column of its own."""
        earlier = [other for other in self._earlier() if not other.parent]
        if not earlier:
            self._coded(one)
            return
        left, right = self.dice.choice(earlier), self.dice.choice(earlier)
        between = ', through_fields=("left", "right"), symmetrical=False' if left is right else ""
        name = f"linked{one.name.lower()}"
        left.lines.append(
            f'{name} = models.ManyToManyField("{right.name}", through="{one.name}"{between}, related_name="+")'
        )
        if self.chance(0.4):
            one.lines.append('pk = models.CompositePrimaryKey("left", "right")')
            one.referrable = one.plain = False
        else:
            one.constraints.append(self._unique("left", "right", name=f"{one.name.lower()}_key"))
        one.lines.append(f'left = models.ForeignKey("{left.name}", models.CASCADE, related_name="+")')
        one.lines.append(f'right = models.ForeignKey("{right.name}", models.CASCADE, related_name="+")')
        one.lines.append("position = models.IntegerField(null=True)")
        one.key = ["left", "right"]

    def _unique(self, *names: str, name: str) -> str:
        fields = ", ".join(f'"{each}"' for each in names)
        return f'models.UniqueConstraint(fields=[{fields}], name="{name}")'

    def _generic(self, one: Drawn) -> None:
        """Nothing refers to it: where its object is gone, it is no feed's any more, and yet there."""
        one.lines += [
            'kind = models.ForeignKey(ContentType, models.SET_NULL, null=True, related_name="+")',
            "object_id = models.PositiveIntegerField(null=True)",
            'subject = GenericForeignKey("kind", "object_id")',
        ]
        one.referrable = one.plain = False

    def _relations(self, one: Drawn) -> None:
        targets = [other for other in self.drawn if other.referrable and not other.abstract]
        for number in range(self.dice.choice([0, 1, 2]) if targets else 0):
            one.lines.append(self._foreign_key(one, self.dice.choice(targets), number))
        if targets and self.chance(0.25) and "CompositePrimaryKey" not in "".join(one.lines):
            one.lines.append(self._many(one, self.dice.choice(targets)))

    def _foreign_key(self, one: Drawn, target: Drawn, number: int) -> str:
        to_field = ', to_field="code"' if target.code and not target.parent and self.chance(0.2) else ""
        earlier = self.drawn.index(target) < self.drawn.index(one) and target.name != one.parent
        required = self.chance(0.3) and (earlier or (not one.parent and not target.parent and self.chance(0.3)))
        on_delete = self.dice.choice(["models.CASCADE", "models.PROTECT"] + ([] if required else ["models.SET_NULL"]))
        null = "" if required else ", null=True"
        options = f'{on_delete}{null}{to_field}, related_name="+"'
        return f'to{number}{one.name[1:]} = models.ForeignKey("{target.name}", {options})'

    def _many(self, one: Drawn, target: Drawn) -> str:
        if target is one:
            return f'many{one.name[1:]} = models.ManyToManyField("self", symmetrical={self.chance(0.5)})'
        return f'many{one.name[1:]} = models.ManyToManyField("{target.name}", related_name="+")'


def _name(line: str) -> str:
    return line.partition(" ")[0]
