"""The federation's `_entities`: each representation its object, null or an error of its own, from both engines."""

import hashlib
import hmac
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from app.graphql import entities
from app.graphql.execution import ReadEngine
from app.graphql.schema import printed
from app.services import tag_lookup
from app.services.match_keys import key_bytes
from app.worker import sequencer
from tests.demo_exchange import DemoExchange
from tests.engine.servers import ENGINE_HEADER
from tests.flows.test_cases import share
from tests.served_exchange import Session, served

ENTITIES = """query ($of: [_Any!]!) { _entities(representations: $of) {
    __typename ... on Signal { id value } ... on Participant { slug } ... on Case { title } } }"""
ISSUE = "mutation { issueMatchKey { ... on IssueMatchKeyPayload { epoch key normaliserVersion } } }"


@dataclass
class Asking:
    """The demo's participants, asked by one engine."""

    exchange: DemoExchange
    alder: Session
    birch: Session
    cedar: Session
    worker: AsyncEngine

    async def share(self, host: str, group: str | None = None) -> str:
        signal = await share(self.alder, host, group)
        await sequencer.sequence_all(self.worker)
        return signal


@pytest.fixture(params=list(ReadEngine))
async def asking(exchange: DemoExchange, request: pytest.FixtureRequest) -> AsyncIterator[Asking]:
    worker = create_async_engine(exchange.urls.worker)
    async with served(exchange, request.param) as http:
        alder, birch, cedar = (Session(http, exchange.client(slug)) for slug in ("alder", "birch", "cedar"))
        yield Asking(exchange, alder, birch, cedar, worker)
    await worker.dispose()


async def found(session: Session, *representations: Any) -> tuple[list[Any], list[Any]]:
    """What is found, and the path and code of each error."""
    answer = await session.send(ENTITIES, of=list(representations))
    errors = [(error["path"], error["extensions"]["code"]) for error in answer.get("errors", [])]
    return answer["data"]["_entities"], errors


def signal(id: str) -> dict[str, str]:
    return {"__typename": "Signal", "id": id}


@pytest.mark.parametrize(
    "bad",
    [
        "no object",
        {},
        {"id": "sig_1"},
        {"__typename": "Nothing", "id": "sig_1"},
        {"__typename": "SharingGroup", "id": "grp_1"},
        {"__typename": "Signal"},
        {"__typename": "Signal", "id": 7},
        {"__typename": "Signal", "id": None},
        {"__typename": "Signal", "type": "URL"},
        {"__typename": "Signal", "type": "URL", "matchTagKey": None},
        {"__typename": "Participant", "slug": ["alder"]},
        {"__typename": "Case", "slug": "alder"},
    ],
)
async def test_one_bad_representation_is_one_null_and_one_error(asking: Asking, bad: Any) -> None:
    one = await asking.share("a.example")
    objects, errors = await found(asking.birch, signal(one), bad, {"__typename": "Participant", "slug": "cedar"})
    assert objects == [
        {"__typename": "Signal", "id": one, "value": "a.example"},
        None,
        {"__typename": "Participant", "slug": "cedar"},
    ]
    assert errors == [(["_entities", 1], "BAD_USER_INPUT")]


async def test_what_else_a_representation_holds_is_passed_over(asking: Asking) -> None:
    one = await asking.share("a.example")
    more = {"value": "https://other.example/", "maskedValue": [1], "matchTagKey": "x", "type": "y"}
    assert await found(asking.birch, signal(one) | more) == (
        [{"__typename": "Signal", "id": one, "value": "a.example"}],
        [],
    )


async def test_what_is_hidden_absent_or_of_another_type_is_the_same_null(asking: Asking) -> None:
    hidden = await asking.share("a.example", asking.exchange.credentials.group_id)
    others = [hidden, f"sig_{uuid4().hex}", asking.cedar.client.participant_id, "", hidden.upper()]
    assert await found(asking.cedar, *map(signal, others)) == ([None] * len(others), [])
    absent = [{"__typename": "Participant", "slug": slug} for slug in ("nobody", "Not a slug", "\0")]
    assert await found(asking.cedar, *absent) == ([None] * len(absent), [])


async def test_a_participant_out_of_sight_is_not_known_by_its_slug(asking: Asking, owner_engine: AsyncEngine) -> None:
    async with owner_engine.begin() as owner:
        await owner.execute(text("UPDATE participant SET status = 'APPLIED' WHERE slug = 'cedar'"))
    named = [{"__typename": "Participant", "slug": slug} for slug in ("cedar", "nobody", "alder")]
    assert await found(asking.birch, *named) == ([None, None, named[2]], [])


async def test_a_thousand_representations_are_read_and_one_more_is_refused(asking: Asking) -> None:
    one = await asking.share("a.example")
    objects, errors = await found(asking.birch, *[signal(one)] * 1_000)
    assert (len(objects), {each["id"] for each in objects}, errors) == (1_000, {one}, [])
    answer = await asking.birch.send(ENTITIES, of=[signal(one)] * 1_001)
    assert answer.get("data") is None
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"TOO_MANY"}


async def test_each_type_asks_for_its_own_scopes(asking: Asking) -> None:
    """One of them alone is refused; whoever may see the other sees it."""
    one = await asking.share("a.example")
    document = "query ($of: [_Any!]!) { _entities(representations: $of) { __typename } }"
    blind = Session(asking.birch.http, asking.birch.client, scope="participants:read")
    named = [signal(one), {"__typename": "Participant", "slug": "alder"}, {"__typename": "Case", "id": "cas_1"}]
    answer = await blind.send(document, of=named)
    assert answer["data"]["_entities"] == [None, {"__typename": "Participant"}, None]
    assert [(error["path"], error["extensions"]["code"]) for error in answer["errors"]] == [
        (["_entities", 0], "FORBIDDEN")
    ]


async def tagger(session: Session) -> Any:
    """Computes keys of domains as a partner does, with the match key that it is told."""
    issued = await session.ask(ISSUE)
    key, epoch, version = key_bytes(issued["key"]), issued["epoch"], issued["normaliserVersion"]

    def keyed(host: str) -> dict[str, str]:
        tag = hmac.new(key, f"{version}\0DOMAIN\0{host}".encode(), hashlib.sha256).hexdigest()
        return {"__typename": "Signal", "type": "DOMAIN", "matchTagKey": f"{epoch}:{version}:{tag}"}

    return keyed


async def test_a_signal_is_found_by_the_callers_own_tag(asking: Asking) -> None:
    hosts = ("a.example", "b.example")
    ids = [await asking.share(host) for host in hosts]
    hidden = await asking.share("c.example", asking.exchange.credentials.group_id)
    birch, cedar = await tagger(asking.birch), await tagger(asking.cedar)
    bare = {"__typename": "Signal", "matchTagKey": cedar("a.example")["matchTagKey"]}
    named = [cedar("b.example"), signal(ids[0]), bare, {"__typename": "Participant", "slug": "birch"}]
    objects, errors = await found(asking.cedar, *named)
    assert [one.get("id") for one in objects] == [ids[1], ids[0], ids[0], None]
    assert errors == []
    nothing = [birch("a.example"), cedar("c.example"), cedar("d.example"), {**cedar("a.example"), "type": "URL"}]
    assert await found(asking.cedar, *nothing) == ([None] * len(nothing), [])
    assert [one["id"] for one in (await found(asking.birch, birch("c.example")))[0]] == [hidden]


async def test_other_keys_are_compiled_too(http: httpx.AsyncClient, exchange: DemoExchange) -> None:
    session = Session(http, exchange.client("birch"))
    keyed = (await tagger(session))("a.example")
    body = {"query": ENTITIES, "variables": {"of": [keyed, {"__typename": "Participant", "slug": "cedar"}]}}
    answer = await http.post("/graphql", json=body, headers={"Authorization": f"Bearer {await session.token()}"})
    assert answer.json()["data"]["_entities"] == [None, {"__typename": "Participant", "slug": "cedar"}]
    assert answer.headers[ENGINE_HEADER] == "compiled"


async def test_the_key_that_a_signal_shows_is_the_one_that_finds_it(asking: Asking) -> None:
    one = await asking.share("a.example")
    shown = "query ($id: ID!) { signal(id: $id) { type matchTagKey matchTag { tag } } }"
    assert (await asking.cedar.ask(shown, id=one))["matchTagKey"] is None
    keyed = (await tagger(asking.cedar))("a.example")
    told = await asking.cedar.ask(shown, id=one)
    assert told["matchTagKey"] == keyed["matchTagKey"] == f"1:1:{told['matchTag']['tag']}"
    objects, _ = await found(asking.cedar, {"__typename": "Signal", **told})
    assert [each["id"] for each in objects] == [one]


async def test_keys_by_tag_ask_for_the_scope_of_matching(asking: Asking) -> None:
    await asking.share("a.example")
    keyed = (await tagger(asking.birch))("a.example")
    blind = Session(asking.birch.http, asking.birch.client, scope="signals:read participants:read cases:read")
    assert await found(blind, keyed) == ([None], [(["_entities", 0], "FORBIDDEN")])


async def test_while_tags_are_prepared_only_what_needs_them_waits(
    asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tag_lookup, "WIDTH", 1)
    monkeypatch.setattr(entities, "STRETCHES", 1)
    ids = [await asking.share(f"{n}.example") for n in range(4)]
    keyed = (await tagger(asking.birch))("3.example")
    objects, errors = await found(asking.birch, signal(ids[0]), keyed)
    assert (objects[0]["id"], objects[1]) == (ids[0], None)
    assert errors == [(["_entities", 1], "TOO_MANY")]
    for _ in range(5):
        objects, errors = await found(asking.birch, keyed)
    assert ([one["id"] for one in objects], errors) == ([ids[3]], [])


async def test_preparing_tags_is_paid_for_once_it_is_done(asking: Asking) -> None:
    """Else each new key would have a process read all that its participant sees, for the price of one object."""
    for n in range(3):
        await asking.share(f"{n}.example")

    async def left() -> int:
        cost = (await asking.birch.send("{ viewer { clientId } }"))["extensions"]["cost"]
        return int(cost["throttleStatus"]["currentlyAvailable"])

    async def spent() -> int:
        before = await left()
        await found(asking.birch, keyed)
        return before - await left()

    keyed = (await tagger(asking.birch))("1.example")
    first, again = await spent(), await spent()
    assert first == again + 3 * entities.PREPARED_COST
    keyed = (await tagger(asking.birch))("1.example")
    assert await spent() == first


def test_every_key_that_the_schema_states_can_be_asked_by() -> None:
    stated = {tuple(part.split('"')[0].split()) for part in printed().split('@key(fields: "')[1:]}
    assert stated == {("id",)} | {key.fields for keys in entities.OTHER_KEYS.values() for key in keys}
