"""The app that is replicated: texts in many languages."""

urlpatterns: list[object] = []
