"""Reveals and match keys: who reads values in clear, who is told of it, and who can compute tags."""

import hashlib
import hmac
from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.errors import Forbidden, InvalidInput, NotFound
from app.rules.actor import Actor
from app.rules.drafts import Audience, SignalDraft
from app.rules.normal_forms import NORMALISER_VERSION, Canonical, Hints
from app.rules.participants import ParticipantStatus
from app.rules.reveals import Purpose
from app.rules.signal_types import SignalType
from app.services import match_keys, reveals, uploads
from app.services.reveals import Reason
from app.store.database_urls import DatabaseUrls
from app.store.pages import Window
from tests.feedback_world import LABELS, World, world_at

WHY = Reason(Purpose.MATCH_REVIEW, "A sign-up matched this address.")


@pytest.fixture
async def world(emptied: DatabaseUrls, owner_engine: AsyncEngine) -> AsyncIterator[World]:
    async with world_at(emptied, owner_engine) as made:
        yield made


async def upload(world: World, actor: Actor, audience: Audience = Audience()) -> UUID:  # noqa: B008  # frozen
    draft = SignalDraft(SignalType.EMAIL_ADDRESS, "jane@mail.example", LABELS, audience=audience)
    (result,) = await world.do(uploads.upload, actor, world.exchange.keyring, [draft])
    assert result.signal_id is not None
    return result.signal_id


async def reveal(world: World, actor: Actor, *signals: UUID, why: Reason = WHY) -> list[str | None]:
    found = await world.do(reveals.reveal, actor, world.exchange.keyring, signals, why)
    return [None if one is None else one.value for one in found]


async def told(world: World, actor: Actor) -> list[UUID]:
    """Who read values of the actor's signals, as the actor reads it."""
    page = await world.ask(reveals.of_own_signals, actor, None, Window(100))
    return [record.reader_id for _, record in page.items]


async def test_a_reveal_gives_the_value_and_tells_the_contributors(world: World) -> None:
    signal = await upload(world, world.alder)
    assert await reveal(world, world.birch, signal) == ["jane@mail.example"]
    assert await told(world, world.alder) == [world.birch.participant_id]
    assert await told(world, world.cedar) == []


async def test_what_is_out_of_sight_is_not_revealed_and_leaves_no_record(world: World) -> None:
    signal = await upload(world, world.alder, Audience((world.exchange.group_id,)))
    assert await reveal(world, world.cedar, signal, uuid4()) == [None, None]
    assert await told(world, world.alder) == []


async def test_a_contributor_whom_the_reader_does_not_see_is_not_told(world: World) -> None:
    """It would learn that somebody else contributes the same."""
    await upload(world, world.alder, Audience((world.exchange.group_id,)))
    signal = await upload(world, world.cedar)
    outsider = await world.participant("dogwood")
    assert await reveal(world, outsider, signal) == ["jane@mail.example"]
    assert await told(world, world.cedar) == [outsider.participant_id]
    assert await told(world, world.alder) == []


async def test_reading_ones_own_value_tells_nobody_of_oneself(world: World) -> None:
    signal = await upload(world, world.alder)
    await reveal(world, world.alder, signal)
    assert await told(world, world.alder) == []


async def test_who_may_not_reveal_gets_nothing(world: World) -> None:
    signal = await upload(world, world.alder)
    for actor in (
        replace(world.birch, scopes=world.birch.scopes - {"signals:reveal"}),
        replace(world.birch, status=ParticipantStatus.RESTRICTED),
    ):
        with pytest.raises(Forbidden):
            await reveal(world, actor, signal)
    assert await told(world, world.alder) == []


@pytest.mark.parametrize("words", ["", "short", "x" * 501, "with a \x00 in it"])
async def test_a_purpose_is_said_in_words(world: World, words: str) -> None:
    signal = await upload(world, world.alder)
    with pytest.raises(InvalidInput) as refused:
        await reveal(world, world.birch, signal, why=Reason(Purpose.MATCH_REVIEW, words))
    assert refused.value.field == "purposeText"


async def test_a_case_that_one_is_no_member_of_cannot_be_named(world: World) -> None:
    signal = await upload(world, world.alder)
    with pytest.raises(NotFound):
        await reveal(world, world.birch, signal, why=replace(WHY, case_id=uuid4()))


async def test_records_are_read_with_the_scope_only(world: World) -> None:
    with pytest.raises(Forbidden):
        await told(world, replace(world.alder, scopes=world.alder.scopes - {"audit:read"}))


async def test_a_participant_computes_the_tags_that_it_is_shown(world: World) -> None:
    issued = await world.do(match_keys.issue, world.birch, world.exchange.keyring)
    (tagger,) = await world.ask(match_keys.taggers, world.birch, world.exchange.keyring)
    key = match_keys.key_bytes(issued.key)
    message = b"1\x00EMAIL_ADDRESS\x00jane@mail.example"
    assert tagger.tag(Canonical(SignalType.EMAIL_ADDRESS, "jane@mail.example")) == (
        hmac.new(key, message, hashlib.sha256).hexdigest()
    )


async def test_at_most_two_keys_live_and_the_newest_is_used(world: World) -> None:
    for _ in range(3):
        issued = await world.do(match_keys.issue, world.birch, world.exchange.keyring)
    live = await world.rows("SELECT epoch FROM match_key WHERE retired_at IS NULL ORDER BY epoch")
    assert [row[0] for row in live] == [2, 3]
    tagger, before = await world.ask(match_keys.taggers, world.birch, world.exchange.keyring)
    assert before.epoch == 2
    assert (tagger.epoch, tagger.key) == (3, match_keys.key_bytes(issued.key))


async def test_every_participant_has_its_own_key(world: World) -> None:
    await world.do(match_keys.issue, world.birch, world.exchange.keyring)
    assert await world.ask(match_keys.taggers, world.cedar, world.exchange.keyring) == []


async def test_what_can_be_enumerated_is_tagged_for_those_who_may_reveal(world: World) -> None:
    await world.do(match_keys.issue, world.birch, world.exchange.keyring)
    phone = Canonical(SignalType.PHONE_NUMBER, "+15550100")
    cautious = replace(world.birch, scopes=world.birch.scopes - {"signals:reveal"})
    for actor, tagged in ((world.birch, True), (cautious, False)):
        (tagger,) = await world.ask(match_keys.taggers, actor, world.exchange.keyring)
        assert (tagger.tag(phone) is not None) is tagged
        assert tagger.near_tags(phone, NORMALISER_VERSION) == ([] if tagged else None)


async def test_issuing_a_key_is_audited_and_keeps_no_key_in_clear(world: World) -> None:
    issued = await world.do(match_keys.issue, world.birch, world.exchange.keyring)
    assert [row[0] for row in await world.rows("SELECT action FROM audit_event")] == ["match_key.issue"]
    assert issued.key not in repr(await world.rows("SELECT * FROM match_key"))


async def test_hints_do_not_change_what_is_revealed(world: World) -> None:
    draft = SignalDraft(SignalType.USERNAME, "@Jane", LABELS, Hints(platform="Chat"))
    (result,) = await world.do(uploads.upload, world.alder, world.exchange.keyring, [draft])
    assert result.signal_id is not None
    assert await reveal(world, world.birch, result.signal_id) == ["jane"]
