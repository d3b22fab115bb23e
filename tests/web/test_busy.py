"""What clients read while the connections to the database are taken, and when we fail."""

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace

import httpx
import pytest
import structlog
from sqlalchemy.ext.asyncio import create_async_engine

from app.rules.tokens import AccessTokens
from app.services.demo import DemoClient
from app.store.database import PARTICIPANT_CONNECTIONS, POOL_SIZE, Database
from app.web import log_format
from tests.demo_exchange import DemoExchange
from tests.served_exchange import Session, served
from tests.waiting import PATIENCE

GRANT = {"grant_type": "client_credentials"}


@pytest.fixture
async def narrow(exchange: DemoExchange) -> AsyncIterator[DemoExchange]:
    """The exchange with a single connection."""
    engine = create_async_engine(exchange.urls.serving, pool_size=1, max_overflow=0, pool_timeout=0.05)
    database = Database(engine)
    yield replace(exchange, database=database)
    await database.close()


async def test_without_a_free_connection_everybody_is_told_to_try_again(
    narrow: DemoExchange, alder: DemoClient
) -> None:
    async with served(narrow) as http:
        headers = {"Authorization": f"Bearer {await Session(http, alder).token()}"}
        auth = (alder.client_id, alder.client_secret)
        async with narrow.database.engine.connect():
            asked = await http.post("/graphql", json={"query": "{ viewer { clientId } }"}, headers=headers)
            issued = await http.post("/oauth/token", data=GRANT, auth=auth)
            revoked = await http.post("/oauth/revoke", data={"token": "x"}, auth=auth)
        assert [(answer.status_code, answer.headers["retry-after"]) for answer in (asked, issued, revoked)] == [
            (503, "1")
        ] * 3
        assert asked.json()["errors"][0]["extensions"]["code"] == "TOO_MANY"
        assert issued.json()["error"] == revoked.json()["error"] == "temporarily_unavailable"
        assert (await http.post("/oauth/token", data=GRANT, auth=auth)).status_code == 200


async def test_one_participant_never_takes_all_connections(exchange: DemoExchange, http: httpx.AsyncClient) -> None:
    alder, birch = await exchange.actor("alder"), Session(http, exchange.client("birch"))
    async with AsyncExitStack() as held:
        for _ in range(PARTICIPANT_CONNECTIONS):
            await held.enter_async_context(exchange.database.read(alder))
        waiting = asyncio.create_task(
            Session(http, exchange.client("alder")).ask("{ participants { edges { cursor } } }")
        )
        await birch.ask("{ participants { edges { cursor } } }")
        assert PARTICIPANT_CONNECTIONS < POOL_SIZE
        assert not waiting.done()
    assert await asyncio.wait_for(waiting, PATIENCE)


async def test_a_failure_of_ours_is_told_as_such_on_every_path(
    exchange: DemoExchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_given: object) -> None:
        raise RuntimeError("canary")

    log_format.configure("info", io.StringIO())
    monkeypatch.setattr(AccessTokens, "jwks", broken)
    async with served(exchange) as http:
        response = await http.get("/oauth/jwks")
    structlog.reset_defaults()
    told = {"code": "INTERNAL_SERVER_ERROR", "requestId": response.headers["x-request-id"]}
    assert response.status_code == 500
    assert response.json() == {"errors": [{"message": "Unexpected error.", "extensions": told}]}
