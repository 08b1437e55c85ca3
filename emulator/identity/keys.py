"""The key pair behind the tokens, and its public half in the three forms that verifiers read: PEM, certificate, JWK.

Made on first use, since it takes a tenth of a second.
"""

from __future__ import annotations

import base64
import datetime as dt
import functools
import hashlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

_BITS = 2048
_YEARS = 10


class Key:
    """An RSA key from its private half as PEM."""

    def __init__(self, private_pem: bytes) -> None:
        loaded = serialization.load_pem_private_key(private_pem, password=None)
        assert isinstance(loaded, rsa.RSAPrivateKey)
        self._private = loaded
        self.private_pem = private_pem

    @classmethod
    def new(cls) -> Key:
        """A key that nobody else has."""
        private = rsa.generate_private_key(public_exponent=65537, key_size=_BITS)
        return cls(
            private.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )

    @functools.cached_property
    def id(self) -> str:
        """Names the key in tokens; the same for the same key."""
        public = self._private.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return hashlib.sha256(public).hexdigest()[:40]

    @functools.cached_property
    def certificate(self) -> str:
        """The public half as a self-signed X.509 certificate in PEM."""
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "emulator")])
        start = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self._private.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(start + dt.timedelta(days=365 * _YEARS))
            .sign(self._private, hashes.SHA256())
        )
        return made.public_bytes(serialization.Encoding.PEM).decode()

    @functools.cached_property
    def jwk(self) -> dict[str, str]:
        """The public half as a JSON Web Key."""
        numbers = self._private.public_key().public_numbers()
        return {
            "kty": "RSA",
            "alg": "RS256",
            "use": "sig",
            "kid": self.id,
            "n": _base64url(numbers.n),
            "e": _base64url(numbers.e),
        }


def _base64url(number: int) -> str:
    octets = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()
