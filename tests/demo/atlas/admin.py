"""The demo's models in the admin, with lists that stay quick at a hundred thousand rows."""

from __future__ import annotations

from django.contrib import admin

from tests.demo.atlas import models


@admin.register(models.Country)
class CountryAdmin(admin.ModelAdmin):
    list_display = ["code", "name", "area_km2"]
    search_fields = ["code", "name"]


@admin.register(models.Subdivision)
class SubdivisionAdmin(admin.ModelAdmin):
    list_display = ["country", "code", "name", "kind"]
    list_select_related = ["country"]
    search_fields = ["code", "name"]
    autocomplete_fields = ["country", "parent"]


@admin.register(models.Language)
class LanguageAdmin(admin.ModelAdmin):
    list_display = ["code", "name"]
    search_fields = ["code", "name"]


@admin.register(models.Locale)
class LocaleAdmin(admin.ModelAdmin):
    list_display = ["code", "language"]
    list_select_related = ["language"]
    search_fields = ["code"]
    autocomplete_fields = ["language"]


@admin.register(models.TerritoryName)
class TerritoryNameAdmin(admin.ModelAdmin):
    list_display = ["locale", "territory", "name", "updated"]
    list_select_related = ["locale"]
    search_fields = ["name"]
    autocomplete_fields = ["locale"]


@admin.register(models.Tag)
class TagAdmin(admin.ModelAdmin):
    list_display = ["slug", "label"]
    search_fields = ["slug", "label"]


@admin.register(models.City)
class CityAdmin(admin.ModelAdmin):
    list_display = ["name", "country", "population", "updated", "note"]
    list_select_related = ["country"]
    list_filter = ["tags"]
    search_fields = ["name"]
    autocomplete_fields = ["country", "tags"]


@admin.register(models.AlternateName)
class AlternateNameAdmin(admin.ModelAdmin):
    list_display = ["name", "city"]
    list_select_related = ["city"]
    search_fields = ["name"]
    autocomplete_fields = ["city"]


@admin.register(models.Capital)
class CapitalAdmin(admin.ModelAdmin):
    list_display = ["country", "city"]
    list_select_related = ["country", "city"]
    autocomplete_fields = ["country", "city"]
