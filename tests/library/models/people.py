"""People and clubs: a symmetrical relation, an explicit through model, and one-to-one."""

from __future__ import annotations

from django.db import models


class Person(models.Model):
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=100, blank=True)
    friends = models.ManyToManyField("self", blank=True)


class Club(models.Model):
    name = models.CharField(max_length=100, unique=True)
    members = models.ManyToManyField(Person, through="Membership", related_name="clubs")


class Membership(models.Model):
    person = models.ForeignKey(Person, models.CASCADE, related_name="memberships")
    club = models.ForeignKey(Club, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=50, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "club"], name="one_membership_a_person_and_club")]


class Profile(models.Model):
    """Known by the person whose it is."""

    person = models.OneToOneField(Person, models.CASCADE, related_name="profile")
    biography = models.TextField(blank=True)
