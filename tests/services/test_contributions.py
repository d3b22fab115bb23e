"""The life of a contribution: who may change, renew and withdraw it, and what is left of it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.errors import Forbidden, InvalidInput, NotFound
from app.rules.actor import Actor
from app.rules.drafts import Audience, SignalDraft
from app.rules.labels import RetractionReason, ReviewStatus, Severity
from app.rules.participants import ParticipantStatus
from app.rules.signal_types import SignalType
from app.services import contributions, groups, holding, participants, uploads
from app.services.contributions import Revision
from app.store.database_urls import DatabaseUrls
from app.store.tables.contribution import ContributionRow
from tests.feedback_world import LABELS, World, world_at

PROGRAM = Audience()
ERROR = RetractionReason.ERROR


@pytest.fixture
async def world(emptied: DatabaseUrls, owner_engine: AsyncEngine) -> AsyncIterator[World]:
    async with world_at(emptied, owner_engine) as made:
        yield made


async def upload(world: World, actor: Actor, audience: Audience = PROGRAM) -> UUID:
    """The signal of one and the same address, whoever contributes it."""
    draft = SignalDraft(SignalType.URL, "https://shared.example/a", LABELS, audience=audience)
    (result,) = await world.do(uploads.upload, actor, world.exchange.keyring, [draft])
    assert result.signal_id is not None
    return result.signal_id


async def own(world: World, actor: Actor, signal: UUID) -> ContributionRow:
    rows = await world.contributions_on(actor, signal)
    return next(row for row in rows if row.participant_id == actor.participant_id)


async def revise(world: World, actor: Actor, id: UUID, **changes: Any) -> ContributionRow:
    revision = Revision(id, changes.pop("labels", {}), **changes)
    return await world.do(contributions.update, actor, world.exchange.keyring, revision)


async def retract(world: World, actor: Actor, id: UUID, reason: RetractionReason = ERROR) -> ContributionRow:
    return await world.do(contributions.retract_one, actor, id, reason)


async def test_a_change_raises_the_version_and_labels_remember_theirs(world: World) -> None:
    row = await own(world, world.alder, await world.share(world.alder))
    row = await revise(world, world.alder, row.id, labels={"confidence": 80})
    assert (row.version, row.labels_version) == (2, 1)
    row = await revise(world, world.alder, row.id, labels={"severity": Severity.HIGH})
    assert (row.version, row.labels_version) == (3, 3)


async def test_changing_nothing_leaves_the_version(world: World) -> None:
    row = await own(world, world.alder, await world.share(world.alder))
    row = await revise(world, world.alder, row.id, labels={"confidence": row.confidence})
    assert row.version == 1


async def test_a_contribution_of_another_is_not_changed_renewed_or_withdrawn(world: World) -> None:
    row = await own(world, world.alder, await world.share(world.alder, world.birch))
    with pytest.raises(NotFound):
        await revise(world, world.birch, row.id, labels={"confidence": 1})
    with pytest.raises(NotFound):
        await retract(world, world.birch, row.id)
    assert await world.do(contributions.renew, world.birch, [row.id], None) == [None]
    assert (await own(world, world.alder, row.signal_id)).version == 1


async def test_who_lacks_scope_or_status_may_not_withdraw(world: World) -> None:
    row = await own(world, world.alder, await world.share(world.alder))
    for actor in (
        replace(world.alder, scopes=world.alder.scopes - {"signals:retract"}),
        replace(world.alder, status=ParticipantStatus.RESTRICTED),
    ):
        with pytest.raises(Forbidden):
            await retract(world, actor, row.id)


async def test_a_narrower_audience_takes_the_signal_out_of_sight(world: World) -> None:
    signal = await world.share(world.alder)
    row = await own(world, world.alder, signal)
    assert await world.sees(world.cedar, signal)
    await revise(world, world.alder, row.id, audience=Audience((world.exchange.group_id,)))
    assert [await world.sees(who, signal) for who in (world.alder, world.birch, world.cedar)] == [True, True, False]


async def test_who_sees_a_contribution_before_and_after_does_not_learn_that_it_is_shared_elsewhere(
    world: World,
) -> None:
    first, other = world.exchange.group_id, await _another_group(world)
    actor = replace(world.alder, groups=(first, other))
    row = await own(world, actor, await upload(world, actor, Audience((first,))))
    before = await own_as_seen(world, world.birch, row.signal_id)
    await revise(world, actor, row.id, audience=Audience((first, other)))
    assert await own_as_seen(world, world.birch, row.signal_id) == before
    assert await world.sees(replace(world.cedar, groups=(other,)), row.signal_id)
    await upload(world, actor, Audience((first,)))
    assert await own_as_seen(world, world.birch, row.signal_id) == before
    told = await world.rows("SELECT kind FROM inbox WHERE sight_before = 1")
    assert [kind for (kind,) in told] == ["AUDIENCE", "AUDIENCE"]


async def test_other_groups_together_with_other_words_are_a_change_for_all(world: World) -> None:
    first, other = world.exchange.group_id, await _another_group(world)
    actor = replace(world.alder, groups=(first, other))
    row = await own(world, actor, await upload(world, actor, Audience((first,))))
    row = await revise(world, actor, row.id, labels={"confidence": 80}, audience=Audience((first, other)))
    assert row.version == 2
    row = await revise(world, actor, row.id, audience=Audience())
    assert row.version == 3, "whoever sees it reads that the whole program does"
    told = await world.rows("SELECT DISTINCT kind FROM inbox")
    assert [kind for (kind,) in told] == ["CONTRIBUTION"]


async def own_as_seen(world: World, reader: Actor, signal: UUID) -> tuple[Any, ...]:
    """All that a reader is shown of alder's contribution that can change."""
    (row,) = await world.contributions_on(reader, signal)
    return (row.version, row.labels_version, row.updated_at, row.expires_at, row.program_wide, row.confidence)


async def _another_group(world: World) -> UUID:
    """Whose members are named by the actors of a test."""
    return (await world.do(groups.create, world.operator, "another", "Another")).id


async def test_a_foreign_group_cannot_become_the_audience(world: World) -> None:
    row = await own(world, world.alder, await world.share(world.alder))
    with pytest.raises(NotFound):
        await revise(world, world.alder, row.id, audience=Audience((uuid4(),)))


async def test_an_audience_of_no_group_is_refused(world: World) -> None:
    row = await own(world, world.alder, await world.share(world.alder, group=world.exchange.group_id))
    with pytest.raises(InvalidInput, match="whole program"):
        await revise(world, world.alder, row.id, audience=Audience(()))


async def test_automation_does_not_replace_a_manual_review(world: World) -> None:
    row = await own(world, world.alder, await world.share(world.alder))
    await revise(world, world.alder, row.id, labels={"review_status": ReviewStatus.REVIEWED_MANUALLY})
    with pytest.raises(InvalidInput, match="person"):
        await revise(world, world.alder, row.id, labels={"review_status": ReviewStatus.REVIEWED_AUTOMATICALLY})


async def test_withdrawing_leaves_what_others_hold(world: World) -> None:
    signal = await world.share(world.alder, world.birch)
    await retract(world, world.alder, (await own(world, world.alder, signal)).id)
    assert [row.participant_id for row in await world.contributions_on(world.cedar, signal)] == [
        world.birch.participant_id
    ]


async def test_with_the_last_contribution_value_tag_and_keys_are_erased(world: World) -> None:
    signal = await world.share(world.alder)
    row = await own(world, world.alder, signal)
    await retract(world, world.alder, row.id)
    for table in ("signal", "signal_match_key"):
        assert await world.rows(f"SELECT * FROM {table}") == []  # a fixed name
    ((status, reason),) = await world.rows("SELECT status, retraction_reason FROM contribution")
    assert (status, reason) == ("RETRACTED", "ERROR")


async def test_an_own_withdrawn_contribution_does_not_tell_that_others_hold_the_signal(world: World) -> None:
    signal = await upload(world, world.cedar)
    await upload(world, world.alder, Audience((world.exchange.group_id,)))
    row = await own(world, world.cedar, signal)
    await retract(world, world.cedar, row.id)
    assert await world.sees(world.birch, signal)
    assert not await world.sees(world.cedar, signal)


async def test_a_withdrawn_contribution_is_not_withdrawn_again(world: World) -> None:
    row = await own(world, world.alder, await world.share(world.alder))
    await retract(world, world.alder, row.id)
    with pytest.raises(NotFound):
        await retract(world, world.alder, row.id)


async def test_nobody_withdraws_with_the_reason_of_the_exchange(world: World) -> None:
    row = await own(world, world.alder, await world.share(world.alder))
    with pytest.raises(InvalidInput):
        await retract(world, world.alder, row.id, RetractionReason.PARTICIPANT_EXIT)


async def test_renewing_lasts_for_the_retention_from_now(world: World) -> None:
    row = await own(world, world.alder, await world.share(world.alder))
    world.exchange.clock.forward(days=100)
    (renewed,) = await world.do(contributions.renew, world.alder, [row.id], None)
    assert renewed is not None
    assert renewed.expires_at == world.exchange.clock() + timedelta(days=365)


async def test_what_expired_is_out_of_sight_at_once_and_not_renewed(world: World) -> None:
    signal = await world.share(world.alder)
    row = await own(world, world.alder, signal)
    world.exchange.clock.forward(days=366)
    assert not await world.sees(world.birch, signal)
    assert not await world.sees(world.alder, signal)
    assert await world.do(contributions.renew, world.alder, [row.id], None) == [None]


async def test_the_operator_releases_what_is_quarantined_and_nobody_else(world: World) -> None:
    await world.do(participants.set_quarantine, world.operator, world.alder.participant_id, True)
    row = await own(world, world.alder, await upload(world, world.alder))
    with pytest.raises(Forbidden):
        await world.do(holding.release, world.alder, [row.id])
    assert await world.do(holding.release, world.operator, [row.id, uuid4()]) == [True, False]
    assert await world.sees(world.birch, row.signal_id)
    assert await world.do(holding.release, world.operator, [row.id]) == [False]


@pytest.mark.parametrize("hidden_by", ["contribution", "signal", "participant"])
async def test_the_operator_hides_and_shows_again(world: World, hidden_by: str) -> None:
    signal = await world.share(world.alder)
    row = await own(world, world.alder, signal)
    hide, subject = {
        "contribution": (holding.set_hidden, [row.id]),
        "signal": (holding.set_signal_hidden, signal),
        "participant": (holding.set_participant_hidden, world.alder.participant_id),
    }[hidden_by]
    for hidden in (True, False):
        async with world.exchange.database.write(world.now(world.operator)) as session:
            await hide(session, world.now(world.operator), subject, hidden=hidden)  # type: ignore[operator]  # each fits
        assert await world.sees(world.birch, signal) is not hidden
        assert await world.sees(world.alder, signal)
        assert await world.sees(world.operator, signal)


async def test_nobody_but_the_operator_hides(world: World) -> None:
    signal = await world.share(world.alder)
    async with world.exchange.database.write(world.now(world.birch)) as session:
        with pytest.raises(Forbidden):
            await holding.set_signal_hidden(session, world.now(world.birch), signal, hidden=True)


async def test_a_signal_hidden_stays_hidden_for_those_who_upload_it_later(world: World) -> None:
    signal = await upload(world, world.alder)
    async with world.exchange.database.write(world.now(world.operator)) as session:
        await holding.set_signal_hidden(session, world.now(world.operator), signal, hidden=True)
    assert await upload(world, world.birch) == signal
    assert await world.sees(world.birch, signal)
    assert not await world.sees(world.cedar, signal)
