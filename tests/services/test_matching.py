"""Matching: what one's own values find, and that nothing tells the hidden from the absent."""

import random
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from app.errors import Forbidden
from app.rules.actor import Actor
from app.rules.drafts import Audience, SignalDraft
from app.rules.matches import MatchKind
from app.rules.normal_forms import NO_HINTS, Hints
from app.rules.signal_types import SignalType
from app.services import matching, uploads
from app.services.matching import MatchResult, RawValue
from app.store.database_urls import DatabaseUrls
from app.store.pdq_index import PdqIndex
from tests.feedback_world import LABELS, World, world_at

PDQ, EMAIL = SignalType.HASH_PDQ, SignalType.EMAIL_ADDRESS


@pytest.fixture
async def world(emptied: DatabaseUrls, owner_engine: AsyncEngine) -> AsyncIterator[World]:
    async with world_at(emptied, owner_engine) as made:
        yield made


async def upload(world: World, *values: tuple[SignalType, str], audience: Audience = Audience()) -> list[Any]:  # noqa: B008  # frozen
    drafts = [SignalDraft(type, value, LABELS, audience=audience) for type, value in values]
    results = await world.do(uploads.upload, world.alder, world.exchange.keyring, drafts)
    assert all(result.signal_id for result in results), results
    return [result.signal_id for result in results]


async def match(world: World, actor: Actor, *values: tuple[SignalType, str]) -> list[MatchResult]:
    raw = [RawValue(type, value, NO_HINTS) for type, value in values]
    return await world.ask(matching.match, actor, world.exchange.keyring, PdqIndex(), raw)


def flipped(value: str, bits: int, chance: random.Random) -> str:
    number = int(value, 16)
    for bit in chance.sample(range(256), bits):
        number ^= 1 << bit
    return f"{number:064x}"


async def test_answers_come_in_the_order_of_the_values(world: World) -> None:
    first, second = await upload(world, (EMAIL, "jane@mail.example"), (SignalType.DOMAIN, "bad.example"))
    found = await match(
        world,
        world.birch,
        (SignalType.DOMAIN, "BAD[.]example"),
        (SignalType.DOMAIN, "..."),
        (EMAIL, "nobody@mail.example"),
        (EMAIL, "Jane@MAIL.example"),
    )
    assert [[one.signal_id for one in result.matches] for result in found] == [[second], [], [], [first]]
    assert found[1].refusal is not None
    assert found[1].refusal.reason == "NOT_A_DOMAIN"


async def test_a_looser_form_matches_as_such(world: World) -> None:
    (signal,) = await upload(world, (EMAIL, "jane.doe+shop@gmail.com"))
    (found,) = await match(world, world.birch, (EMAIL, "janedoe@googlemail.com"))
    assert [(one.signal_id, one.kind) for one in found.matches] == [(signal, MatchKind.MATCH_KEY)]


@pytest.mark.parametrize(("bits", "found"), [(0, True), (1, True), (16, True), (31, True), (32, False)])
async def test_pictures_match_up_to_the_distance(world: World, bits: int, found: bool) -> None:
    chance = random.Random(bits)
    value = f"{chance.getrandbits(256):064x}"
    (signal,) = await upload(world, (PDQ, value))
    near = flipped(value, bits, chance)
    (result,) = await match(world, world.birch, (PDQ, near))
    assert [one.signal_id for one in result.matches] == ([signal] if found else [])
    if 0 < bits < 32:
        assert (result.matches[0].kind, result.matches[0].distance) == (MatchKind.PDQ, bits)


async def test_every_picture_within_the_distance_is_found(world: World) -> None:
    chance = random.Random(7)
    centre = f"{chance.getrandbits(256):064x}"
    around = [(PDQ, flipped(centre, bits, chance)) for bits in range(20, 40)]
    ids = await upload(world, *around)
    (result,) = await match(world, world.birch, (PDQ, centre))
    expected = ids[:12]
    assert [one.signal_id for one in result.matches] == expected


@pytest.mark.parametrize(
    ("type", "held", "other"),
    [(EMAIL, "jane@mail.example", "john@mail.example"), (PDQ, "0f" * 32, "5a" * 32)],
)
async def test_what_is_hidden_answers_like_what_is_absent_and_costs_the_same_queries(
    world: World, type: SignalType, held: str, other: str
) -> None:
    await upload(world, (type, held), audience=Audience((world.exchange.group_id,)))
    statements: list[str] = []
    engine = world.exchange.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    (hidden,) = await match(world, world.cedar, (type, held))
    for_hidden, statements[:] = list(statements), []
    (absent,) = await match(world, world.cedar, (type, other))
    assert hidden == absent == MatchResult()
    assert statements == for_hidden
    assert (await match(world, world.birch, (type, held)))[0].matches


async def test_without_the_scope_nothing_is_matched(world: World) -> None:
    with pytest.raises(Forbidden):
        await match(world, replace(world.birch, scopes=frozenset()), (EMAIL, "jane@mail.example"))


async def test_what_was_asked_is_not_stored(world: World) -> None:
    await match(world, world.birch, (EMAIL, "canary@mail.example"))
    for table in ("signal", "audit_event", "inbox", "idempotency"):
        assert await world.rows(f"SELECT * FROM {table} WHERE {table}::text LIKE '%canary%'") == []


async def test_a_platform_is_part_of_who_somebody_is(world: World) -> None:
    draft = SignalDraft(SignalType.USERNAME, "jane", LABELS, Hints(platform="Chat"))
    await world.do(uploads.upload, world.alder, world.exchange.keyring, [draft])
    raw = [RawValue(SignalType.USERNAME, "@JANE", Hints(platform=platform)) for platform in ("chat", "forum")]
    index = PdqIndex()
    here, elsewhere = await world.ask(matching.match, world.birch, world.exchange.keyring, index, raw)
    assert here.matches
    assert not elsewhere.matches
