"""Writes to the rest of the library: people, rings, and models with uncommon keys, fields and managers."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

from django.db import transaction
from django.db.models import F

from tests.db.convergence.editing import Editor, edit
from tests.library.models import (
    Club,
    CodeThing,
    EveryField,
    Hidden,
    Item,
    Membership,
    Person,
    Profile,
    RingA,
    RingB,
    UuidThing,
)

NIGHT = dt.datetime(2024, 2, 29, 23, 59, 59, 123_456, tzinfo=dt.UTC)


def mail(user: Editor) -> str:
    return f"{user.code()}@example.org"


@edit("people")
def person_created(user: Editor) -> str:
    person = user.create(Person, email=mail(user), name=user.word())
    return f"Person {person.email} created"


@edit("people")
def person_renamed(user: Editor) -> str:
    person, email = user.pick(Person), mail(user)
    was, person.email = person.email, email
    person.save()
    return f"Person {was} renamed {email}"


@edit("people")
def person_deleted(user: Editor) -> str:
    person = user.pick(Person)
    user.delete(person)
    return f"Person {person.email} deleted"


@edit("people")
def friends_changed(user: Editor) -> str:
    person, friends = user.pick(Person), user.some(Person)
    act = user.dice.choice(["add", "remove", "set", "clear"])
    if act == "clear":
        person.friends.clear()
    elif act == "set":
        person.friends.set(friends)
    else:
        getattr(person.friends, act)(*friends)
    return f"friends of {person.email}: {act} {[friend.email for friend in friends]}"


@edit("people")
def club_created(user: Editor) -> str:
    club = user.create(Club, name=user.code())
    return f"Club {club.name} created"


@edit("people")
def club_renamed(user: Editor) -> str:
    club, name = user.pick(Club), user.code()
    was, club.name = club.name, name
    club.save()
    return f"Club {was} renamed {name}"


@edit("people")
def club_deleted(user: Editor) -> str:
    club = user.pick(Club)
    user.delete(club)
    return f"Club {club.name} deleted"


@edit("people")
def member_added(user: Editor) -> str:
    club, person = user.pick(Club), user.pick(Person)
    club.members.add(person, through_defaults={"role": user.word()})
    return f"{person.email} is a member of {club.name}"


@edit("people")
def membership_moved(user: Editor) -> str:
    membership = user.pick(Membership)
    membership.person = user.pick(Person)
    membership.role = user.word()
    membership.save()
    return f"Membership {membership.pk} is {membership.person.email}'s now"


@edit("people")
def members_cleared(user: Editor) -> str:
    club = user.pick(Club)
    club.members.clear()
    return f"members of {club.name} cleared"


@edit("people")
def profile_written(user: Editor) -> str:
    person = user.pick(Person)
    profile, made = user.rows(Profile).update_or_create(person=person, defaults={"biography": user.word()})
    return f"Profile of {person.email} {'created' if made else 'saved'}, pk {profile.pk}"


@edit("people")
def profile_moved(user: Editor) -> str:
    profile, person = user.pick(Profile), user.pick(Person)
    profile.person = person
    profile.save()
    return f"Profile {profile.pk} is {person.email}'s now"


@edit("people")
def profiles_swapped(user: Editor) -> str:
    """Neither of them can be nobody's: one is deleted and made anew."""
    pair = user.some(Profile, 2)
    one, other = pair[0], pair[-1]
    with transaction.atomic(using=user.alias):
        people = (one.person, other.person)
        user.delete(one)
        if other.pk != pair[0].pk:
            user.rows(Profile).filter(pk=other.pk).update(person=people[0])
        user.create(Profile, person=people[1], biography=user.word())
    return f"Profiles of {people[0].email} and {people[1].email} swapped"


@edit("ring")
def ring_created(user: Editor) -> str:
    with transaction.atomic(using=user.alias):
        first = user.create(RingA, code=user.code(), b=user.maybe(RingB))
        second = user.create(RingB, code=user.code(), a=first)
        user.rows(RingA).filter(pk=first.pk).update(b=second)
    return f"RingA {first.code} and RingB {second.code} created"


@edit("ring")
def ring_changed(user: Editor) -> str:
    first = user.pick(RingA)
    first.b, was = user.maybe(RingB), first.code
    first.code = user.dice.choice([first.code, user.code()])
    first.save()
    return f"RingA {was} is {first.code} now, refers to {first.b and first.b.code}"


@edit("ring")
def ring_broken(user: Editor) -> str:
    thing = user.pick(user.dice.choice([RingA, RingB]))
    user.delete(thing)
    return f"{type(thing).__name__} {thing.code} deleted"


@edit("people")
def item_written(user: Editor) -> str:
    item, _ = user.rows(Item).update_or_create(
        code=user.code(), defaults={"title": user.word(), "owner": user.maybe(Person), "local_note": user.word()}
    )
    return f"Item {item.code} of {item.owner and item.owner.email} written"


@edit("people")
def item_deleted(user: Editor) -> str:
    item = user.pick(Item)
    user.delete(item)
    return f"Item {item.code} deleted"


@edit("fields")
def thing_written(user: Editor) -> str:
    thing, made = user.rows(CodeThing).update_or_create(pk=user.code(), defaults={"name": user.word()})
    return f"CodeThing {thing.pk} {'created' if made else 'saved'}"


@edit("fields")
def thing_renamed(user: Editor) -> str:
    thing, code = user.pick(CodeThing), user.code()
    user.rows(CodeThing).filter(pk=thing.pk).update(code=code)
    return f"CodeThing {thing.pk} renamed {code}"


@edit("fields")
def thing_deleted(user: Editor) -> str:
    thing = user.pick(user.dice.choice([CodeThing, UuidThing]))
    pk = thing.pk
    thing.delete(using=user.alias)
    return f"{type(thing).__name__} {pk} deleted"


@edit("fields")
def unique_thing_written(user: Editor) -> str:
    pk = uuid.UUID(int=user.dice.randint(1, 4))
    user.rows(UuidThing).update_or_create(pk=pk, defaults={"name": user.word()})
    return f"UuidThing {pk} written"


@edit("fields")
def hidden_written(user: Editor) -> str:
    thing, _ = user.rows(Hidden).update_or_create(code=user.code(), defaults={"hidden": user.dice.random() < 0.5})
    return f"Hidden {thing.code} is {'hidden' if thing.hidden else 'shown'}"


@edit("fields")
def fields_written(user: Editor) -> str:
    number = user.dice.randint(-30_000, 30_000)
    values = {
        "big_integer": number * 10**12,
        "binary": user.dice.choice([None, b"", b"\x00\xff"]),
        "decimal": Decimal(number) / 1000,
        "date_time": NIGHT + dt.timedelta(microseconds=number),
        "duration": dt.timedelta(days=number, microseconds=1),
        "floating": number / 7,
        "json": user.dice.choice([None, {"a": [number, None, "é"]}, "text", 0]),
        "text": user.dice.choice([None, "", " ", "ß\u0301\U0001f600"]),
        "time": user.dice.choice([None, dt.time(1, 2, 3, 4)]),
        "uuid": user.dice.choice([None, uuid.UUID(int=abs(number))]),
    }
    thing, made = user.rows(EveryField).update_or_create(name=user.code(), defaults=values)
    return f"EveryField {thing.name} {'created' if made else 'saved'}: {number}"


@edit("fields")
def fields_counted(user: Editor) -> str:
    count = user.rows(EveryField).filter(name__gte=user.code()).update(integer=user.dice.randint(0, 99))
    user.rows(EveryField).filter(integer__gt=50).update(integer=F("integer") - 1, elsewhere=F("elsewhere") + 1)
    return f"{count} EveryFields counted"


@edit("fields")
def fields_deleted(user: Editor) -> str:
    thing = user.pick(EveryField)
    user.delete(thing)
    return f"EveryField {thing.name} deleted"
