"""The models of the benchmark, with natural keys as Django's serializers want them."""

from __future__ import annotations

from django.db import models


class CountryManager(models.Manager["Country"]):
    def get_by_natural_key(self, code: str) -> Country:
        return self.get(code=code)


class Country(models.Model):
    code = models.CharField(max_length=10, unique=True)

    objects = CountryManager()

    def natural_key(self) -> tuple[str]:
        return (self.code,)


class LanguageManager(models.Manager["Language"]):
    def get_by_natural_key(self, country: str, code: str) -> Language:
        return self.get(country__code=country, code=code)


class Language(models.Model):
    country = models.ForeignKey(Country, models.CASCADE)
    code = models.CharField(max_length=20)

    objects = LanguageManager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["country", "code"], name="content_language_key")]

    def natural_key(self) -> tuple[str, str]:
        return (*self.country.natural_key(), self.code)

    natural_key.dependencies = ["content.country"]  # type: ignore[attr-defined]  # Django reads it from the function


class TagManager(models.Manager["Tag"]):
    def get_by_natural_key(self, slug: str) -> Tag:
        return self.get(slug=slug)


class Tag(models.Model):
    slug = models.SlugField(unique=True)

    objects = TagManager()

    def natural_key(self) -> tuple[str]:
        return (self.slug,)


class CopyManager(models.Manager["Copy"]):
    def get_by_natural_key(self, country: str, code: str, key: str) -> Copy:
        return self.get(language__country__code=country, language__code=code, key=key)


class Copy(models.Model):
    language = models.ForeignKey(Language, models.CASCADE)
    key = models.CharField(max_length=100)
    value = models.TextField()
    default = models.BooleanField(default=False)
    updated = models.DateTimeField()
    tags = models.ManyToManyField(Tag)

    objects = CopyManager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["language", "key"], name="content_copy_key")]

    def natural_key(self) -> tuple[str, str, str]:
        return (*self.language.natural_key(), self.key)

    natural_key.dependencies = ["content.language"]  # type: ignore[attr-defined]  # as above
