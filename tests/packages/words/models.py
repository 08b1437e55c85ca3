"""What is said in several languages: in a table of translations, and in columns for each."""

from __future__ import annotations

from django.db import models
from parler.models import TranslatableModel, TranslatedFields


class Product(TranslatableModel):
    sku = models.CharField(max_length=20, unique=True)
    translations = TranslatedFields(title=models.CharField(max_length=100), text=models.TextField(blank=True))


class News(models.Model):
    slug = models.SlugField(unique=True)
    title = models.CharField(max_length=100)
