"""The replica side of django-cqrs: the same texts, received its way."""
