"""google-auth fetches and verifies the emulator's tokens, unmodified."""

from __future__ import annotations

import subprocess
import sys

import pytest

from emulator import Emulator

FETCH = """
import google.auth, google.auth.transport.requests
from google.oauth2 import id_token
web = google.auth.transport.requests.Request()
token = id_token.fetch_id_token(web, "https://example.com/")
claims = id_token.verify_token(token, web, audience="https://example.com/", certs_url="http://{host}/oauth2/{version}/certs")
credentials, project = google.auth.default()
credentials.refresh(web)
print(claims["email"], claims["google"]["compute_engine"]["project_id"], project, bool(credentials.token))
"""


@pytest.mark.parametrize("version", ["v1", "v3"])
def test_the_metadata_server_gives_tokens(cloud: Emulator, version: str) -> None:
    """An ID token verifies against certificates and key set; default credentials have an access token."""
    script = FETCH.format(host=cloud.host, version=version)
    command = [sys.executable, "-W", "error", "-c", script]
    ran = subprocess.run(command, env=cloud.environment, capture_output=True, text=True, timeout=60, check=False)
    assert ran.stdout.split() == ["default@emulator.iam.gserviceaccount.com", "emulator", "emulator", "True"], (
        ran.stderr
    )
