"""The Django project that is measured: with feedsync, without it, or with django-cqrs in its place."""
