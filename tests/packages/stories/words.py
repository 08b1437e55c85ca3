"""Translations: django-parler's table, django-modeltranslation's columns."""

from __future__ import annotations

from tests.packages.stories.telling import act, pulled, register, world
from tests.packages.words.models import News, Product


def tell() -> None:
    register(Product, "sku")
    register(Product._parler_meta.root_model, "master", "language_code")
    register(News, "slug")
    with world() as told:
        with act(told):
            product = Product.objects.language("en").create(sku="1", title="Chair")
            product.set_current_language("de")
            product.title = "Stuhl"
            product.save()
            News.objects.create(slug="first", title_en="First", title_de="Erste")
        with told.on("shop"):
            assert Product.objects.language("de").get(sku="1").title == "Stuhl"
            assert News.objects.get().title_de == "Erste"
        with act(told):
            product.title = "Sessel"
            product.save()
            product.sku = "2"
            product.save()
            News.objects.update(title_de="Neueste")
        with act(told):
            product.delete_translation("de")
        with act(told):
            product.delete()
        pulled(told)
