"""The manager that finds objects by the registered natural key."""

from __future__ import annotations

from typing import Any

import pytest

from feedsync.errors import ConfigurationError, NotRegistered
from feedsync.managers import DataSyncEnhancedManager
from tests.library.models import Copy, Country, Language, NullableKey, Publication, Tag

pytestmark = pytest.mark.django_db(databases=["default", "other"])


def _manager(model: Any) -> DataSyncEnhancedManager[Any]:
    """As Django makes one for a model that declares it."""
    manager: DataSyncEnhancedManager[Any] = DataSyncEnhancedManager()
    manager.model = model
    return manager


def test_an_object_is_found_by_its_key() -> None:
    """On the model that declares the manager, and in the database that is asked."""
    tag = Tag.objects.using("other").create(slug="a")
    assert Tag.objects.db_manager("other").get_by_natural_key("a") == tag
    with pytest.raises(Tag.DoesNotExist):
        Tag.objects.get_by_natural_key("a")


def test_parts_beyond_relations_and_nulls_count() -> None:
    """Dots follow relations; None finds NULL, and nothing else."""
    country = Country.objects.create(code="GB")
    language = Language.objects.create(country=country, code="en")
    copy = Copy.objects.create(language=language, key="k")
    assert _manager(Copy).get_by_natural_key("GB", "en", "k") == copy
    NullableKey.objects.create(country=country, code="n")
    alone = NullableKey.objects.create(country=None, code="n")
    assert _manager(NullableKey).get_by_natural_key(None, "n") == alone


def test_a_key_of_the_wrong_length_is_explained() -> None:
    """The message names the parts."""
    with pytest.raises(ConfigurationError, match=r"\(language__country__code, language__code, key\)"):
        _manager(Copy).get_by_natural_key("k")


def test_a_model_that_is_not_registered_is_explained() -> None:
    """The manager alone knows no key."""
    with pytest.raises(NotRegistered, match=r"library\.Publication is not registered"):
        _manager(Publication).get_by_natural_key("p")
