"""ID tokens as Google would sign them, by a key of our own, and the certificate to check them with."""

from __future__ import annotations

import base64
import datetime as dt
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

AUDIENCE = "https://studio.example"
ACCOUNT = "shop@project.iam.gserviceaccount.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """A key and its certificate; `identifier` is the `kid` in tokens."""

    key: rsa.RSAPrivateKey
    identifier: str

    @classmethod
    def new(cls, identifier: str = "key-1") -> Self:
        return cls(key=rsa.generate_private_key(public_exponent=65537, key_size=2048), identifier=identifier)

    @property
    def certificates(self) -> dict[str, str]:
        """What Google's certificate endpoint answers."""
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "issuer")])
        now = dt.datetime.now(dt.UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self.key.public_key())
            .serial_number(1)
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=1))
            .sign(self.key, hashes.SHA256())
        )
        return {self.identifier: certificate.public_bytes(serialization.Encoding.PEM).decode()}

    def key_file(self, directory: Path, *, token_uri: str) -> Path:
        """A service account's key file, as Google hands them out."""
        pem = self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        written = directory / "key.json"
        key = {"type": "service_account", "client_email": ACCOUNT, "private_key": pem.decode(), "token_uri": token_uri}
        written.write_text(json.dumps(key))
        return written

    def token(self, **changes: Any) -> str:
        """A good token, unless `changes` says otherwise; None leaves a claim out."""
        header = {"alg": "RS256", "typ": "JWT", "kid": self.identifier}
        body = f"{segment(header)}.{segment(claims(**changes))}"
        signature = self.key.sign(body.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{body}.{_base64(signature)}"


def claims(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    good = {
        "iss": "https://accounts.google.com",
        "aud": AUDIENCE,
        "sub": "1234",
        "email": ACCOUNT,
        "email_verified": True,
        "iat": now - 10,
        "exp": now + 3600,
    }
    return {name: value for name, value in (good | changes).items() if value is not None}


def segment(part: dict[str, Any]) -> str:
    return _base64(json.dumps(part).encode())


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
