"""The application: every path that the exchange answers."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from sqlalchemy import text
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route
from starlette.types import ASGIApp, Lifespan, Receive, Scope, Send

from app.graphql.context import Context
from app.graphql.execution import Operations, ReadEngine
from app.graphql.schema import schema
from app.rules import limits
from app.rules.budgets import Budgets
from app.rules.keyring import Keyring
from app.rules.tokens import AccessTokens
from app.store.database import Database
from app.store.pdq_index import PdqIndex
from app.store.watch import Watch
from app.web import built_pages, health, oauth, people_pages, signpost
from app.web.answering import Answering
from app.web.authenticate import Asking, Authenticator
from app.web.event_stream import EventStreams
from app.web.graphql import GraphQLEndpoint
from app.web.oauth import OAuth
from app.web.origins import CrossOrigin, Origins
from app.web.people_desk import PeopleDesk
from app.web.request_log import RequestLog
from app.web.sockets import SocketEndpoint
from app.web.stream_bounds import StreamBounds
from app.web.taxii import endpoint as taxii

# What pages of other origins may call, where any may.
CROSS_ORIGIN_PATHS = (
    signpost.GRAPHQL_PATH,
    oauth.TOKEN_PATH,
    oauth.REVOCATION_PATH,
    oauth.KEYS_PATH,
    oauth.METADATA_PATH,
)


@dataclass(frozen=True, slots=True)
class Serving:
    """How the exchange serves: who answers queries, what clients may spend, whether developers are told more, and where
    the pages are."""

    engine: ReadEngine = ReadEngine.COMPILED
    development: bool = False
    cost_per_second: int = limits.COST_PER_SECOND
    explorer: Path | None = None
    # Of pages that may call it from a browser, beside its own.
    allowed_origins: tuple[str, ...] = ()


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

    def context(asking: Asking) -> Context:
        return Context(asking.actor, database, keyring, pdq, asking.standing, issuer=issuer)

    def keys() -> Keyring:
        return keyring if database.keys is None else database.keys.keyring

    authenticator, development = Authenticator(database, access_tokens, clock), serving.development
    operations = Operations(schema, serving.engine, Budgets(serving.cost_per_second), is_open=development)
    watch, bounds = Watch(database.engine.url, clock), StreamBounds()
    answering = Answering(operations, authenticator, context, watch)
    origins = Origins.of(issuer, serving.allowed_origins)
    streams = EventStreams(answering, bounds)
    endpoint = GraphQLEndpoint(operations, authenticator.authenticate, context, streams, development=development)
    sockets = SocketEndpoint(signpost.GRAPHQL_PATH, answering, bounds, origins)
    others = [
        signpost.route(issuer),
        *OAuth.of(database, access_tokens, keyring, clock).routes(),
        *people_pages.routes(PeopleDesk(database, issuer, keyring, clock)),
        *health.routes({"database": partial(_answers, database)}),
        *built_pages.routes(serving.explorer, issuer),
        taxii.route(answering, issuer),
    ]

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with pdq.kept_fresh(database, keys), watch.running():
            yield

    return with_sockets(logged(Route(signpost.GRAPHQL_PATH, endpoint), others, lifespan, origins), sockets)


async def _answers(database: Database) -> None:
    async with database.nobody() as session:
        await session.execute(text("SELECT 1"))


def with_sockets(pages: ASGIApp, sockets: ASGIApp) -> ASGIApp:
    """HTTP and WebSockets apart, as they have next to nothing in common."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        await (sockets if scope["type"] == "websocket" else pages)(scope, receive, send)

    return application


def logged(
    often: Route,
    others: Sequence[Route],
    lifespan: Lifespan[Starlette] | None = None,
    origins: Origins | None = None,
) -> ASGIApp:
    """These paths, each request with its line in the log.

    Most requests are `often`, whose endpoint answers for all that Starlette would find out before it.
    """
    # As Starlette's own middleware it stands within what answers 500 in plain text and raises the error once more.
    middleware, endpoint = [Middleware(RequestLog)], often.endpoint
    if origins is not None and origins.others:
        middleware.append(Middleware(CrossOrigin, origins, CROSS_ORIGIN_PATHS))
        endpoint = CrossOrigin(endpoint, origins, CROSS_ORIGIN_PATHS)
    whole = Starlette(routes=[often, *others], middleware=middleware, lifespan=lifespan)
    shortest = RequestLog(endpoint)

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == often.path:
            scope["route"] = often
            await shortest(scope, receive, send)
        else:
            await whole(scope, receive, send)

    return application
