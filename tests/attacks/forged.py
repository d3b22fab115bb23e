"""Access tokens that the exchange did not issue, or no longer means, made from one that it did."""

import base64
import hmac
import json
from collections.abc import Callable, Mapping
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey

Claims = Mapping[str, Any]


def signed(claims: Claims, key: ECKey, header: Mapping[str, str], kid: str | None = None) -> str:
    named = {"alg": "ES256", "typ": "at+jwt", "kid": kid or key.kid} | dict(header)
    return jwt.encode(named, dict(claims), key, algorithms=["ES256"])


def _with_own_key(claims: Claims) -> str:
    own = ECKey.generate_key("P-256", auto_kid=True)
    return jwt.encode({"alg": "ES256", "typ": "at+jwt", "jwk": own.as_dict(private=False)}, dict(claims), own)


def _with_public_key_as_secret(claims: Claims, key: ECKey) -> str:
    header = {"alg": "HS256", "typ": "at+jwt", "kid": key.kid}
    said = joined(header, claims, b"").removesuffix(".")
    return joined(header, claims, hmac.digest(key.as_pem(private=False), said.encode(), "sha256"))


def joined(header: object, claims: object, signature: bytes) -> str:
    parts = (json.dumps(header).encode(), json.dumps(claims).encode(), signature)
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


def _otherwise(**claims: Any) -> Callable[[Claims, ECKey], str]:
    return lambda said, key: signed({**said, **claims}, key, {})


FORGED: Mapping[str, Callable[[Claims, ECKey], str]] = {
    "without a signature": lambda claims, _: joined({"alg": "none", "typ": "at+jwt"}, claims, b""),
    "by a key of its own": lambda claims, key: signed(claims, ECKey.generate_key("P-256"), {}, kid=key.kid),
    "by a key that it brings": lambda claims, _: _with_own_key(claims),
    "by the public key as a secret": _with_public_key_as_secret,
    "of another type": lambda claims, key: signed(claims, key, {"typ": "JWT"}),
    "for another audience": lambda claims, key: signed({**claims, "aud": claims["iss"]}, key, {}),
    "of another issuer": _otherwise(iss="https://x.example"),
    "that never expires": lambda claims, key: signed({k: v for k, v in claims.items() if k != "exp"}, key, {}),
    "that expires at no number": _otherwise(exp="later"),
    "of another subject": _otherwise(sub="x"),
    "of no client": _otherwise(client_id=1, sub=1),
    "without scope": _otherwise(scope=1),
    "without id": _otherwise(jti=None),
}
