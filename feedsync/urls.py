"""The URLs of a publishing environment, for `path("", include("feedsync.urls"))`."""

from __future__ import annotations

from django.urls import path

from feedsync import views

app_name = "feedsync"
urlpatterns = [
    path("feedsync/contract/", views.contract, name="contract"),
    path("feedsync/export/", views.export, name="export"),
    path("feedsync/files/<str:feed>/<str:field>/", views.file, name="file"),
    path("feedsync/tasks/relay/", views.relay_task, name="relay_task"),
    path("feedsync/absent/", views.absent, name="absent"),
    path("feedsync/healthz", views.healthz, name="healthz"),
]
