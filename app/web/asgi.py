"""The application: every path that the exchange answers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.routing import Route
from starlette.types import ASGIApp, Lifespan, Receive, Scope, Send

from app.graphql.context import Context
from app.graphql.execution import ReadEngine
from app.graphql.schema import schema
from app.rules.keyring import Keyring
from app.rules.tokens import AccessTokens
from app.store.database import Database
from app.store.pdq_index import PdqIndex
from app.web import health, people_pages, signpost
from app.web.authenticate import Asking, Authenticator
from app.web.graphql import GraphQLEndpoint
from app.web.oauth import OAuth
from app.web.people_desk import PeopleDesk
from app.web.request_log import RequestLog


@dataclass(frozen=True, slots=True)
class Serving:
    """How the exchange serves: who answers queries, and whether developers are told which."""

    engine: ReadEngine = ReadEngine.COMPILED
    development: bool = False


def build(
    database: Database,
    keyring: Keyring,
    issuer: str,
    clock: Callable[[], datetime],
    serving: Serving = Serving(),  # it never changes
) -> ASGIApp:
    """`issuer` is the URL by which clients know the exchange; what a request sees is judged by `clock`, in UTC."""
    access_tokens = AccessTokens.of(issuer, keyring)
    pdq = PdqIndex()

    def context(_request: Request, asking: Asking) -> Context:
        return Context(asking.actor, database, keyring, pdq, asking.standing, issuer=issuer)

    def keys() -> Keyring:
        return keyring if database.keys is None else database.keys.keyring

    async def answers() -> None:
        async with database.nobody() as session:
            await session.execute(text("SELECT 1"))

    authenticate = Authenticator(database, access_tokens, clock).authenticate
    endpoint = GraphQLEndpoint(schema, authenticate, context, serving.engine, development=serving.development)
    others = [
        signpost.route(issuer),
        *OAuth.of(database, access_tokens, keyring, clock).routes(),
        *people_pages.routes(PeopleDesk(database, issuer, keyring, clock)),
        *health.routes({"database": answers}),
    ]
    return logged(Route(signpost.GRAPHQL_PATH, endpoint), others, lambda _: pdq.kept_fresh(database, keys))


def logged(often: Route, others: Sequence[Route], lifespan: Lifespan[Starlette] | None = None) -> ASGIApp:
    """These paths, each request with its line in the log.

    Most requests are `often`, whose endpoint answers for all that Starlette would find out before it.
    """
    # As Starlette's own middleware it stands within what answers 500 in plain text and raises the error once more.
    whole = Starlette(routes=[often, *others], middleware=[Middleware(RequestLog)], lifespan=lifespan)
    shortest = RequestLog(often.endpoint)

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == often.path:
            scope["route"] = often
            await shortest(scope, receive, send)
        else:
            await whole(scope, receive, send)

    return application
