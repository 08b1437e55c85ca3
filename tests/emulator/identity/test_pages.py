"""The metadata server and the keys, over plain HTTP."""

from __future__ import annotations

from typing import Any

import google.auth.transport.requests
import pytest
import requests
from google.oauth2 import id_token

from emulator import Emulator

FLAVOR = {"Metadata-Flavor": "Google"}
ACCOUNT = "default@emulator.iam.gserviceaccount.com"
ACCOUNTS = "instance/service-accounts"


def metadata(cloud: Emulator, path: str, headers: dict[str, str] | None = None) -> requests.Response:
    """What the metadata server answers."""
    url = f"http://{cloud.host}/computeMetadata/v1/{path}"
    return requests.get(url, headers=FLAVOR if headers is None else headers, timeout=20)


def test_requests_without_the_header_are_refused(cloud: Emulator) -> None:
    """As in the cloud, where it keeps browsers out."""
    assert metadata(cloud, "project/project-id", {}).status_code == 403


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("project/project-id", "emulator"),
        ("project/numeric-project-id", "123456789012"),
        ("instance/zone", "projects/123456789012/zones/emulator-a"),
        ("universe/universe-domain", "googleapis.com"),
        (f"{ACCOUNTS}/default/email", ACCOUNT),
        (f"{ACCOUNTS}/", f"default/\n{ACCOUNT}/"),
        (f"{ACCOUNTS}/default/scopes", "https://www.googleapis.com/auth/cloud-platform"),
    ],
)
def test_values_are_text(cloud: Emulator, path: str, value: str) -> None:
    """With the header that tells a metadata server."""
    answer = metadata(cloud, path)
    assert (answer.status_code, answer.text, answer.headers["Metadata-Flavor"]) == (200, value, "Google")


def test_trees_are_json(cloud: Emulator) -> None:
    """With recursive=true."""
    account = metadata(cloud, f"{ACCOUNTS}/default/?recursive=true").json()
    assert (account["email"], account["aliases"]) == (ACCOUNT, ["default"])
    assert metadata(cloud, "?recursive=true").json()["project"]["project-id"] == "emulator"


@pytest.mark.parametrize("path", ["no/such", f"{ACCOUNTS}/default/no", "instance/id/no"])
def test_what_there_is_not_is_not_found(cloud: Emulator, path: str) -> None:
    """404."""
    assert metadata(cloud, path).status_code == 404


def test_a_token_needs_an_audience(cloud: Emulator) -> None:
    """400 without one."""
    assert metadata(cloud, f"{ACCOUNTS}/default/identity").status_code == 400


def test_any_account_has_tokens(cloud: Emulator) -> None:
    """And only the full format tells of the machine."""
    token = metadata(cloud, f"{ACCOUNTS}/other@example.com/identity?audience=a").text
    certs = f"http://{cloud.host}/oauth2/v3/certs"
    claims = id_token.verify_token(token, google.auth.transport.requests.Request(), audience="a", certs_url=certs)
    assert claims["email"] == "other@example.com"
    assert "google" not in claims
    access = metadata(cloud, f"{ACCOUNTS}/default/token").json()
    assert (access["token_type"], access["expires_in"]) == ("Bearer", 3600)


def test_googles_own_check_passes_with_the_emulators_certificates(cloud: Emulator) -> None:
    """verify_oauth2_token fetches them from a fixed address; a request object can lead it elsewhere."""
    web = google.auth.transport.requests.Request()

    def request(url: str, *args: Any, **kwargs: Any) -> Any:
        return web(url.replace("https://www.googleapis.com", f"http://{cloud.host}"), *args, **kwargs)

    token = metadata(cloud, f"{ACCOUNTS}/default/identity?audience=a").text
    verify: Any = id_token.verify_oauth2_token
    assert verify(token, request, audience="a")["email"] == ACCOUNT
    with pytest.raises(ValueError, match="audience"):
        verify(token, request, audience="b")


def test_another_emulators_tokens_do_not_verify(cloud: Emulator) -> None:
    """Each has a key of its own."""
    with Emulator() as other:
        token = metadata(other, f"{ACCOUNTS}/default/identity?audience=a").text
    certs = f"http://{cloud.host}/oauth2/v1/certs"
    with pytest.raises(ValueError, match=r"signature|Certificate"):
        id_token.verify_token(token, google.auth.transport.requests.Request(), audience="a", certs_url=certs)


def test_the_discovery_document_leads_to_the_keys(cloud: Emulator) -> None:
    """For verifiers that follow OpenID Connect."""
    document = requests.get(f"http://{cloud.host}/.well-known/openid-configuration", timeout=20).json()
    (key,) = requests.get(document["jwks_uri"], timeout=20).json()["keys"]
    assert (document["issuer"], key["alg"]) == ("https://accounts.google.com", "RS256")


def test_the_project_can_be_chosen() -> None:
    """For the project's name and the account's address."""
    with Emulator(project="mine") as cloud:
        assert metadata(cloud, "project/project-id").text == "mine"
        assert metadata(cloud, f"{ACCOUNTS}/default/email").text == "default@mine.iam.gserviceaccount.com"
