"""Who may ask a partner's subgraph: its own clients, by the tokens that the exchange gave them."""

import time

import httpx
import uvicorn
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jwt import JWTClaimsRegistry
from starlette.authentication import AuthCredentials, AuthenticationBackend, AuthenticationError, SimpleUser
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse
from strawberry.asgi import GraphQL
from strawberry.federation import Schema


class OwnTokens(AuthenticationBackend):
    """Whoever asks shows a token of the exchange, which the gateway hands on, and it is one of our own clients.

    Every participant has such tokens, and what we keep is nobody else's. A service that runs for long reads the keys
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


def serve(schema: Schema, port: str, exchange: str, *clients: str) -> None:
    own = OwnTokens(exchange, list(clients))
    application = AuthenticationMiddleware(GraphQL(schema), backend=own, on_error=refused)
    uvicorn.run(application, host="127.0.0.1", port=int(port), log_level="warning")
