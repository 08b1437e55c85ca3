"""Columns that a drawn model may have, and what is unique about them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    name: str
    lines: tuple[str, ...]
    constraints: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()


DOUBLED = 'expression=F("number") * 2, output_field=models.IntegerField()'
COLUMNS = (
    Column("text", ("text = models.CharField(max_length=30, blank=True)",)),
    Column("number", ("number = models.IntegerField(null=True)",)),
    Column("flag", ("flag = models.BooleanField(default=False)",)),
    Column("rank", ("rank = models.IntegerField(null=True, unique=True)",)),
    Column("changed", ("changed = models.DateTimeField(auto_now=True)",)),
    Column("amount", ("amount = models.DecimalField(max_digits=8, decimal_places=2, null=True)",)),
    Column("data", ("data = models.JSONField(default=dict)",)),
    Column("blob", ("blob = models.BinaryField(null=True)",)),
    Column("given", ("given = models.IntegerField(db_default=7)",)),
    Column("coded", ("coded = Coded(blank=True)",)),
    Column(
        "doubled",
        (f"doubled = models.GeneratedField({DOUBLED}, db_persist=True)",),
        needs=("number",),
    ),
    Column(
        "label",
        ("label = models.CharField(max_length=20, null=True)",),
        ('models.UniqueConstraint(Lower("label"), name="{name}_label")',),
    ),
    Column(
        "conditional",
        ("spot = models.IntegerField(null=True)",),
        ('models.UniqueConstraint(fields=["spot"], condition=Q(flag=True), name="{name}_spot")',),
        needs=("flag",),
    ),
    Column("hiding", ("objects = Unflagged()",), needs=("flag",)),
)
