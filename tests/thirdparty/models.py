"""Trees of three packages, tagged articles, and a polymorphic family, as their documentations have them."""

from __future__ import annotations

from django.db import models
from mptt.models import MPTTModel, TreeForeignKey
from polymorphic.models import PolymorphicModel
from taggit.managers import TaggableManager
from taggit.models import TaggedItemBase
from treebeard.al_tree import AL_Node
from treebeard.mp_tree import MP_Node
from treebeard.ns_tree import NS_Node


class Genre(MPTTModel):
    name = models.CharField(max_length=50, unique=True)
    parent = TreeForeignKey("self", models.CASCADE, null=True, blank=True, related_name="children")


class Branch(MP_Node):
    """Where it stands in the tree is a path that is unique."""

    name = models.CharField(max_length=50, unique=True)


class Nest(NS_Node):
    name = models.CharField(max_length=50, unique=True)


class Link(AL_Node):
    name = models.CharField(max_length=50, unique=True)
    parent = models.ForeignKey("self", models.CASCADE, null=True, related_name="links")
    sib_order = models.PositiveIntegerField()


class Article(models.Model):
    slug = models.SlugField(unique=True)
    tags = TaggableManager(through="thirdparty.TaggedArticle")


class TaggedArticle(TaggedItemBase):
    """A tag of an article by foreign keys: its key runs through both."""

    content_object = models.ForeignKey(Article, models.CASCADE)


class Note(models.Model):
    """Tagged by taggit's own generic relation."""

    slug = models.SlugField(unique=True)
    tags = TaggableManager()


class Project(PolymorphicModel):
    topic = models.CharField(max_length=30, unique=True)


class Painting(Project):
    artist = models.CharField(max_length=30)


class Study(Project):
    supervisor = models.CharField(max_length=30)
