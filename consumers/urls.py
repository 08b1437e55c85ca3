"""The URLs of a subscribing environment, for `path("", include("consumers.urls"))`."""

from __future__ import annotations

from django.urls import path

from consumers import views

app_name = "feedsync_consumers"
urlpatterns = [
    path("feedsync/push/", views.push, name="push"),
    path("feedsync/tasks/chores/", views.chores_task, name="chores_task"),
    path("feedsync/tasks/pull/", views.pull_task, name="pull_task"),
]
