"""Who is calling: HMAC signed requests and Google OIDC tokens in, a known reader or service out.

`readers` and `services` are what views call; `signing`, `nonces` and `oidc` prove, `tokens` is the client's side.
Nothing here answers a caller: a refusal is raised, with a reason that only the log may show.
"""
