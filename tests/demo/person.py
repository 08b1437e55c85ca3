"""A person at the admin: logs in, fills in a form, saves it. Over HTTP, as a browser does.

In: a site's URL and what to type; out: the form saved, or an error that shows what the admin answered.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

import requests

from tests.demo.processes import Broken

USER = "demo"
PASSWORD = "demo"


class Form(HTMLParser):
    """The fields of a page's forms, as the page fills them in."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name, kind = given.get("name"), given.get("type", "text")
        ticked = kind not in {"checkbox", "radio"} or "checked" in given
        if tag == "input" and name and kind != "submit" and ticked:
            self.fields[name] = given.get("value") or ("on" if kind == "checkbox" else "")


class Person:
    """Logged in at one site."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._session = requests.Session()
        self.submit("/admin/login/", username=USER, password=PASSWORD)

    def submit(self, path: str, **typed: str) -> None:
        page = self._session.get(f"{self.url}{path}", timeout=30)
        page.raise_for_status()
        fields = Form(page.text).fields | typed
        answer = self._session.post(f"{self.url}{path}", data=fields, allow_redirects=False, timeout=30)
        if answer.status_code != requests.codes.found:
            errors = " ".join(re.findall(r'class="error(?:list|note)[^>]*>(.*?)</', answer.text, re.DOTALL))
            raise Broken(f"{path} answered {answer.status_code}: {errors or answer.text[:300]}")
