"""Proofs of keys, and programs that bind their tokens to one (RFC 9449)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey, Key

from app.rules import dpop
from tests.client_keys import GRANT
from tests.demo_exchange import ISSUER

TOKEN_URL, GRAPHQL_URL = f"{ISSUER}/oauth/token", f"{ISSUER}/graphql"
ASK = "{ viewer { clientId } }"


@dataclass
class Prover:
    """Holds a key and proves it; what it signs is good unless told otherwise."""

    clock: Callable[[], datetime]
    key: Key = field(default_factory=lambda: ECKey.generate_key("P-256"), repr=False)
    algorithm: str = "ES256"
    _made: int = 0

    def claims(self, method: str = "POST", url: str = GRAPHQL_URL, token: str | None = None) -> dict[str, Any]:
        self._made += 1
        claims = {"htm": method, "htu": url, "jti": f"proof {self._made}", "iat": int(self.clock().timestamp())}
        return claims if token is None else claims | {"ath": dpop.hash_of(token)}

    def sign(self, claims: dict[str, Any], key: Key | None = None, **header: Any) -> str:
        """What is given as None is left out."""
        named = {"alg": self.algorithm, "typ": "dpop+jwt", "jwk": self.key.as_dict(private=False)} | header
        named, claims = ({name: value for name, value in of.items() if value is not None} for of in (named, claims))
        return jwt.encode(named, claims, key or self.key, algorithms=[named["alg"]], default_type=None)

    def proof(self, method: str = "POST", url: str = GRAPHQL_URL, token: str | None = None, **others: Any) -> str:
        return self.sign(self.claims(method, url, token) | others)

    async def token(self, http: httpx.AsyncClient, auth: tuple[str, str]) -> httpx.Response:
        """Asks for a token that is bound to its key."""
        headers = {"DPoP": self.proof(url=TOKEN_URL)}
        return await http.post("/oauth/token", data=GRANT, headers=headers, auth=auth)


async def ask(
    http: httpx.AsyncClient, token: str, *proofs: str, scheme: str = "DPoP", method: str = "POST"
) -> httpx.Response:
    """A request with this token and these proofs."""
    headers = [("Authorization", f"{scheme} {token}"), *(("DPoP", proof) for proof in proofs)]
    if method == "GET":
        return await http.get("/graphql", params={"query": ASK}, headers=headers)
    return await http.post("/graphql", json={"query": ASK}, headers=headers)
