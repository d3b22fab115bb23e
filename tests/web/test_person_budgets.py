"""What people may spend and keep open: each for itself, whichever program it uses and however it comes."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from app.rules import limits
from app.rules.ids import Prefix, read
from app.rules.limits import SAVED_SECONDS
from app.web import asgi
from tests.demo_exchange import DemoExchange
from tests.live_exchange import LiveExchange, live
from tests.person import BACK, EXPLORER, Browser, Program, graphql, registered
from tests.waiting import PATIENCE

PER_SECOND = 1_000
WHOLE = PER_SECOND * SAVED_SECONDS
VIEWER = "{ viewer { clientId } }"
MUCH = "{ signals(first: 1000) { edges { node { id links(first: 5) { edges { node { id } } } } } } }"
FOLLOW = "subscription { signalChanged { __typename } }"


@pytest.fixture
async def served(exchange: DemoExchange) -> AsyncIterator[LiveExchange]:
    async with live(exchange, asgi.Serving(cost_per_second=PER_SECOND)) as served:
        yield served


class People:
    """Who signs in, each in a browser of its own."""

    def __init__(self, served: LiveExchange) -> None:
        self.served = served

    def web(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=f"http://{self.served.address}", timeout=PATIENCE, trust_env=False)

    async def token(self, slug: str, program: str = EXPLORER, **asked: str) -> str:
        async with self.web() as web:
            person = self.served.exchange.person(slug)
            signed_in = Program(web, program, asked["redirect_uri"]) if asked else Program(web)
            return str((await signed_in.tokens(await Browser(web).code(person, **asked)))["access_token"])

    async def console(self) -> str:
        """The same person in its participant's own program."""
        id = read(Prefix.CLIENT, self.served.exchange.client("lantern-operator").client_id)
        assert id is not None
        exchange = self.served.exchange
        token = exchange.access_tokens.issue(id, ["clients:manage"], exchange.clock())
        async with self.web() as web:
            console = await registered(web, token, exchange.client("alder"))
        return await self.token("alder", console, client_id=console, redirect_uri=BACK)

    async def cost(self, token: str, document: str) -> dict[str, Any]:
        async with self.web() as web:
            told: dict[str, Any] = (await graphql(web, token, document)).json()
        return told

    async def left(self, token: str) -> int:
        told = (await self.cost(token, VIEWER))["extensions"]["cost"]["throttleStatus"]
        return int(told["currentlyAvailable"])


@pytest.fixture
def people(served: LiveExchange) -> People:
    return People(served)


async def test_a_person_has_one_budget_in_all_programs_and_nobody_shares_it(people: People) -> None:
    """The explorer is everybody's program, so a budget of programs would be one for all."""
    alder, birch, console = await people.token("alder"), await people.token("birch"), await people.console()
    spent = (await people.cost(alder, MUCH))["extensions"]["cost"]["requestedQueryCost"]
    assert await people.left(console) < WHOLE - spent
    assert await people.left(birch) > WHOLE - spent


async def test_a_budget_is_one_on_all_ways(people: People, served: LiveExchange) -> None:
    alder = await people.token("alder")
    client = await served.socket()
    await client.begin(alder)
    before = await people.left(alder)
    await client.subscribe(MUCH)
    spent = (await client.hear())["payload"]["extensions"]["cost"]["requestedQueryCost"]
    assert await people.left(alder) < before - spent
    # Neither a new socket nor an event stream gets a new one.
    refused = (await people.cost(alder, MUCH))["errors"]
    assert [error["extensions"]["code"] for error in refused] == ["RATE_LIMITED"]
    again = await served.socket()
    await again.begin(alder)
    await again.subscribe(MUCH)
    assert (await again.hear())["payload"][0]["extensions"]["code"] == "RATE_LIMITED"
    async with people.web() as web:
        headers = {"Authorization": f"Bearer {alder}", "Accept": "text/event-stream"}
        streamed = await web.post("/graphql", json={"query": MUCH}, headers=headers)
    assert "RATE_LIMITED" in streamed.text


async def test_people_of_one_program_do_not_take_each_others_sockets(
    people: People, served: LiveExchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MAX_CLIENT_STREAMS", 1)
    alder, birch, console = await people.token("alder"), await people.token("birch"), await people.console()
    for token in (alder, birch):
        await (await served.socket()).begin(token)
    client = await served.socket()
    await client.say(type="connection_init", payload={"Authorization": f"Bearer {console}"})
    assert (await client.closed())[0] == 1013
