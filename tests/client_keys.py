"""Clients that authenticate with keys of their own: making keys, registering clients, signing assertions."""

import json
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey, Key

from app.rules import client_assertions, client_keys, ids
from app.rules.ids import Prefix
from app.rules.scopes import ALLOWED, Scope
from app.services import clients
from app.services.clients import ClientDraft
from tests.demo_exchange import ISSUER, DemoExchange

GRANT = {"grant_type": "client_credentials"}


def new_key(name: str, curve: str = "P-256") -> ECKey:
    return ECKey.generate_key(curve, {"kid": name})


def key_set(*keys: Key) -> str:
    return json.dumps({"keys": [key.as_dict(private=False) for key in keys]})


@dataclass
class KeyClient:
    """A client with a key; what it signs is good unless told otherwise."""

    id: UUID
    key: Key = field(repr=False)
    exchange: DemoExchange
    algorithm: str = "ES256"
    _made: int = 0

    @property
    def name(self) -> str:
        return ids.shown(Prefix.CLIENT, self.id)

    def claims(self, **others: Any) -> dict[str, Any]:
        """Claims given as None are left out."""
        self._made += 1
        now = int(self.exchange.clock().timestamp())
        good = {"iss": self.name, "sub": self.name, "aud": ISSUER, "jti": f"{self.name} {self._made}"}
        claims = good | {"iat": now, "exp": now + 60} | others
        return {name: value for name, value in claims.items() if value is not None}

    def assertion(self, header: dict[str, Any] | None = None, key: Key | None = None, **others: Any) -> str:
        key = key or self.key
        named = {"alg": self.algorithm, "kid": self.key.kid} | (header or {})
        named = {name: value for name, value in named.items() if value is not None}
        return jwt.encode(named, self.claims(**others), key, algorithms=[named["alg"]])

    async def ask(self, http: httpx.AsyncClient, assertion: str | None = None, **parameters: str) -> httpx.Response:
        """For a token."""
        return await http.post("/oauth/token", data=GRANT | self.form(assertion) | parameters)

    def form(self, assertion: str | None = None) -> dict[str, str]:
        return {
            "client_assertion_type": client_assertions.TYPE,
            "client_assertion": self.assertion() if assertion is None else assertion,
        }


async def register(exchange: DemoExchange, slug: str, *keys: Key, **more: Any) -> UUID:
    """A client of this participant with these keys, which may do all that its class may."""
    operator = await exchange.operator()
    allowed: frozenset[Scope] = ALLOWED[(await exchange.actor(slug)).participant_class]
    draft = ClientDraft(exchange.id(slug), "Night shift", allowed, **more)
    async with exchange.database.write(operator) as session:
        row = await clients.register_with_keys(session, operator, draft, client_keys.parse(key_set(*keys)))
    return row.id


async def key_client(exchange: DemoExchange, slug: str = "alder", name: str = "a key", **more: Any) -> KeyClient:
    key = new_key(name)
    return KeyClient(await register(exchange, slug, key, **more), key, exchange)
