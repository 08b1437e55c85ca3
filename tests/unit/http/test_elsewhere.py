"""Where a source sends us for a file: the rules for addresses hold, and nothing of ours goes along."""

from __future__ import annotations

import pytest
from requests.auth import HTTPBasicAuth

from consumers.http.session import Source
from feedsync.errors import UnsafeUrl
from tests.unit.http.server import Server, plain

AUTH = HTTPBasicAuth("shop", "secret")


@pytest.mark.parametrize("address", ["10.0.0.7", "127.0.0.1", "169.254.169.254", "::1", "fd00:ec2::254"])
def test_a_name_that_leads_inside_is_refused(address: str) -> None:
    """By DNS, at the moment of connecting."""
    source = Source("https://studio.example", auth=AUTH, resolve=lambda _host, _port: [address])
    with source, pytest.raises(UnsafeUrl):
        source.ask_elsewhere("https://bucket.example/a?sig=1", {})


@pytest.mark.parametrize("url", ["http://bucket.example/a", "https://10.0.0.7/a?sig=1", "https://metadata/a", "/a", ""])
def test_a_url_that_is_not_allowed_is_refused(url: str) -> None:
    """Without asking DNS."""
    with Source("https://studio.example", auth=AUTH) as source, pytest.raises(UnsafeUrl) as refused:
        source.ask_elsewhere(url, {})
    assert "sig=1" not in str(refused.value)


def test_nothing_of_ours_goes_along() -> None:
    """Neither credentials nor cookies; the query arrives as it was given."""
    cookies = plain(b"{}", Set_Cookie="session=1; Path=/")
    server = Server({"/own/": cookies, "/bucket/a": plain(b"x")})
    with server, Source(server.url, auth=AUTH, allow_private=True) as source:
        source.ask("own/").close()
        source.ask_elsewhere(f"{server.url}/bucket/a?sig=a%2Fb", {"Range": "bytes=1-"}).close()
    assert server.paths[1] == "/bucket/a?sig=a%2Fb"
    assert "authorization" in server.headers[0]
    assert not {"authorization", "cookie"} & server.headers[1].keys()
    assert server.headers[1]["range"] == "bytes=1-"
