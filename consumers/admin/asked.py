"""The form that asks for a pull: a data source, a mode, and which feeds, all of them without a choice."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from consumers.models import DataPull
from consumers.pull.progress import Progress
from feedsync import registry


def _labels() -> list[tuple[str, str]]:
    return [(label, label) for label in sorted(feed.label for feed in registry.feeds())]


class PullForm(forms.ModelForm):
    feeds = forms.MultipleChoiceField(
        label=_("Only these feeds"),
        choices=_labels,
        required=False,
        help_text=_("Without a choice, every feed that both sides have."),
    )

    class Meta:
        model = DataPull
        fields = ("data_source", "mode")

    def save(self, commit: bool = True) -> Any:
        self.instance.progress = Progress(only=sorted(self.cleaned_data.get("feeds", ()))).dump()
        return super().save(commit)
