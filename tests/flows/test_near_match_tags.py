"""Near match tags: a participant finds near-equals of what it holds by itself, and only as far as it may (R14)."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from app.graphql.execution import ReadEngine
from app.rules.match_tags import near_match_tags
from app.rules.normal_forms import Hints, canonical
from app.rules.signal_types import SignalType
from app.services.match_keys import key_bytes
from tests.demo_exchange import DemoExchange
from tests.engine.servers import ENGINE_HEADER
from tests.flows.test_cases import UPLOAD
from tests.flows.test_entities import ISSUE
from tests.served_exchange import Session, served

TAGS = """query ($epoch: Int) { signals(first: 50) { edges { node {
    type matchTag(epoch: $epoch) { epoch normaliserVersion } nearMatchTags(epoch: $epoch) } } } }"""
LABELS = {"violations": ["SEXTORTION_FINANCIAL"], "severity": "HIGH", "confidence": 60}
VALUES = [
    {"type": "EMAIL_ADDRESS", "value": "river.stone+a@gmail.com"},
    {"type": "USERNAME", "value": "modern", "platform": "chat"},
    {"type": "ACCOUNT_ID", "value": "77", "platform": "chat"},
    {"type": "PHONE_NUMBER", "value": "+14155552671"},
    {"type": "URL", "value": "https://www.alder.example/a"},
]


@pytest.fixture(params=list(ReadEngine))
async def asked(exchange: DemoExchange, request: pytest.FixtureRequest) -> AsyncIterator[httpx.AsyncClient]:
    async with served(exchange, request.param) as http:
        answer = await Session(http, exchange.client("alder")).ask(
            UPLOAD, input={"signals": [value | LABELS for value in VALUES]}
        )
        assert [row["outcome"] for row in answer["rows"]] == ["CREATED"] * len(VALUES)
        yield http


async def told(session: Session, field: str = "nearMatchTags", **variables: Any) -> dict[str, Any]:
    """What signals show, by their type."""
    edges = (await session.ask(TAGS, **variables))["edges"]
    return {edge["node"]["type"]: edge["node"][field] for edge in edges}


async def test_near_equals_of_ones_own_are_found_by_their_tags(
    exchange: DemoExchange, asked: httpx.AsyncClient
) -> None:
    birch = Session(asked, exchange.client("birch"))
    issued = await birch.ask(ISSUE)

    def near(type: SignalType, raw: str) -> list[str]:
        form = canonical(type, raw, Hints(platform="chat"))
        return near_match_tags(key_bytes(issued["key"]), issued["normaliserVersion"], form)

    assert await told(birch) == {
        "EMAIL_ADDRESS": near(SignalType.EMAIL_ADDRESS, "riverstone@googlemail.com"),
        "USERNAME": near(SignalType.USERNAME, "rnodern"),
        # No spelling of these is looser than another.
        "ACCOUNT_ID": [],
        "PHONE_NUMBER": [],
        # Its value is in clear.
        "URL": [],
    }


async def test_they_come_under_each_live_key_and_under_no_other(
    exchange: DemoExchange, asked: httpx.AsyncClient
) -> None:
    birch, cedar = (Session(asked, exchange.client(slug)) for slug in ("birch", "cedar"))
    for _ in range(3):
        await birch.ask(ISSUE)
    before, newest = [(await told(birch, epoch=epoch))["USERNAME"] for epoch in (2, 3)]
    assert len({*before, *newest}) == 2
    assert (await told(birch))["USERNAME"] == newest
    for session, epoch in ((birch, 1), (birch, 4), (cedar, None), (cedar, 3)):
        assert set((await told(session, epoch=epoch)).values()) == {None}


async def test_they_are_null_where_the_match_tag_is(exchange: DemoExchange, asked: httpx.AsyncClient) -> None:
    """Whoever may not reveal values could try all telephone numbers."""
    client = exchange.client("birch")
    await Session(asked, client).ask(ISSUE)
    cautious = Session(asked, client, scope="signals:read signals:match")
    tags, near = await told(cautious, "matchTag"), await told(cautious)
    assert [type for type, shown in tags.items() if shown is None] == ["PHONE_NUMBER"]
    assert [type for type, shown in near.items() if shown is None] == ["PHONE_NUMBER"]


async def test_without_the_scope_there_are_none(exchange: DemoExchange, asked: httpx.AsyncClient) -> None:
    blind = Session(asked, exchange.client("birch"), scope="signals:read")
    answer = await blind.send("{ signals { edges { node { nearMatchTags } } } }")
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"FORBIDDEN"}


async def test_they_are_compiled(exchange: DemoExchange, http: httpx.AsyncClient) -> None:
    session = Session(http, exchange.client("birch"))
    headers = {"Authorization": f"Bearer {await session.token()}"}
    answer = await http.post("/graphql", json={"query": TAGS, "variables": {"epoch": 1}}, headers=headers)
    assert answer.headers[ENGINE_HEADER] == "compiled"
