"""A partner's subgraph, to be copied: it adds its own fields to our `Signal`, and keeps a list of what it watches.

It runs behind the partner's own gateway: `python -m tests.partner.subgraph <port> <exchange> <client>...`, with the ids
of the partner's API clients; with `--sdl` instead it prints the schema that is composed with ours.
"""

import sys
import time
from typing import Final, Self

import httpx
import strawberry
import uvicorn
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jwt import JWTClaimsRegistry
from starlette.authentication import AuthCredentials, AuthenticationBackend, AuthenticationError, SimpleUser
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse
from strawberry import federation
from strawberry.asgi import GraphQL
from strawberry.federation.schema_directives import Key

# What the partner keeps about signals, by their ids; in place of its own database.
MATCHES: Final[dict[str, int]] = {}
WATCHED: Final[dict[str, "Watched"]] = {}


@federation.type(keys=[Key(fields="id", resolvable=False)])
class Participant:
    """One of the exchange's, which alone knows more than its id."""

    id: strawberry.ID


@federation.type(keys=["id"])
class Signal:
    """One of the exchange's, with what we know about it ourselves."""

    id: strawberry.ID

    @strawberry.field(description="How many of our accounts it has matched.")
    def local_matches(self) -> int:
        return MATCHES.get(self.id, 0)

    @strawberry.field(description="What our investigators noted; null if nothing.")
    def local_note(self) -> str | None:
        return WATCHED[self.id].note if self.id in WATCHED else None

    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> Self:
        return cls(id=id)


@strawberry.type(description="A signal that we watch.")
class Watched:
    # Null where the exchange does not show it, so that the rest of the list stays.
    signal: Signal | None = strawberry.field(description="Null once the exchange does not show it to you.")
    contact: Participant | None = strawberry.field(description="Whom to ask about it.")
    note: strawberry.Private[str]


@strawberry.type
class Query:
    @strawberry.field(description="What we watch, the oldest first.")
    def watchlist(self) -> list[Watched]:
        return list(WATCHED.values())


@strawberry.type
class Mutation:
    @strawberry.mutation(description="Watch a signal, and note why.")
    def watch_signal(self, signal_id: strawberry.ID, contact_id: strawberry.ID, note: str) -> Watched:
        WATCHED[signal_id] = Watched(signal=Signal(id=signal_id), contact=Participant(id=contact_id), note=note)
        return WATCHED[signal_id]


schema = federation.Schema(Query, Mutation, federation_version="2.9")


class OwnTokens(AuthenticationBackend):
    """Whoever asks shows a token of the exchange, which the gateway hands on, and it is one of our own clients.

    Every participant has such tokens, and what we note is nobody else's. A service that runs for long reads the keys
    again now and then, as they rotate.
    """

    def __init__(self, exchange: str, clients: list[str]) -> None:
        self._keys = KeySet.import_key_set(httpx.get(f"{exchange}/oauth/jwks").raise_for_status().json())
        asked = {"iss": [exchange], "aud": [f"{exchange}/graphql"], "client_id": clients}
        self._asked = {name: {"essential": True, "values": values} for name, values in asked.items()}

    async def authenticate(self, conn: HTTPConnection) -> tuple[AuthCredentials, SimpleUser]:
        scheme, _, text = conn.headers.get("Authorization", "").partition(" ")
        registry = JWTClaimsRegistry(now=int(time.time()), exp={"essential": True}, **self._asked)
        try:
            token = jwt.decode(text, self._keys, algorithms=["ES256"])
            registry.validate(token.claims)
        except (JoseError, ValueError) as error:
            raise AuthenticationError from error
        if scheme != "Bearer" or token.header.get("typ") != "at+jwt":
            raise AuthenticationError
        return AuthCredentials(token.claims["scope"].split()), SimpleUser(token.claims["client_id"])


def refused(_: HTTPConnection, __: Exception) -> JSONResponse:
    return JSONResponse({"errors": [{"message": "This needs a token of one of our own clients."}]}, status_code=401)


def serve(port: str, exchange: str, *clients: str) -> None:
    own = OwnTokens(exchange, list(clients))
    application = AuthenticationMiddleware(GraphQL(schema), backend=own, on_error=refused)
    uvicorn.run(application, host="127.0.0.1", port=int(port), log_level="warning")


if __name__ == "__main__":
    if sys.argv[1:] == ["--sdl"]:
        print(schema.as_str())
    else:
        serve(*sys.argv[1:])
