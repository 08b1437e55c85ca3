"""What verifiers of tokens fetch, on the paths that Google's have: certificates, a key set, the discovery document."""

from __future__ import annotations

from emulator.identity.issuer import ISSUER, Issuer
from emulator.web import Pages, Reply, Request, json_reply

X509 = "/oauth2/v1/certs"
JWKS = "/oauth2/v3/certs"
_DISCOVERY = "/.well-known/openid-configuration"


def pages(issuer: Issuer) -> Pages:
    """The public key in each form."""

    async def certificates(request: Request) -> Reply:
        return json_reply({issuer.key.id: issuer.key.certificate})

    async def key_set(request: Request) -> Reply:
        return json_reply({"keys": [issuer.key.jwk]})

    async def discovery(request: Request) -> Reply:
        root = f"http://{request.headers.get('Host', '')}"
        return json_reply(
            {
                "issuer": ISSUER,
                "jwks_uri": f"{root}{JWKS}",
                "response_types_supported": ["id_token"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "claims_supported": ["aud", "email", "email_verified", "exp", "iat", "iss", "sub"],
            }
        )

    return {("GET", X509): certificates, ("GET", JWKS): key_set, ("GET", _DISCOVERY): discovery}
