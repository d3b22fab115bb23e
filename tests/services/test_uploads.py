"""Uploads: what becomes of each draft, and what nobody can tell from it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from app.errors import Conflict, Forbidden
from app.rules.actor import Actor
from app.rules.drafts import Audience, SignalDraft
from app.rules.labels import Annotation, ReviewStatus, Severity
from app.rules.normal_forms import Hints
from app.rules.participants import ParticipantStatus
from app.rules.row_results import Outcome, RowResult
from app.rules.signal_types import SignalType
from app.services import contributions, participants, uploads
from app.store.database_urls import DatabaseUrls
from tests.feedback_world import LABELS, World, world_at


@pytest.fixture
async def world(emptied: DatabaseUrls, owner_engine: AsyncEngine) -> AsyncIterator[World]:
    async with world_at(emptied, owner_engine) as made:
        yield made


def draft(value: str = "https://files.example/a", type: SignalType = SignalType.URL, **said: Any) -> SignalDraft:
    labels = said.pop("labels", LABELS)
    return SignalDraft(type, value, labels, **said)


async def upload(world: World, actor: Actor, *drafts: SignalDraft, key: str | None = None) -> list[RowResult]:
    return await world.do(uploads.upload, actor, world.exchange.keyring, drafts, key)


async def outcomes(world: World, actor: Actor, *drafts: SignalDraft) -> list[str]:
    return [str(result.outcome) for result in await upload(world, actor, *drafts)]


async def test_the_same_value_in_other_spellings_is_one_signal(world: World) -> None:
    (first,) = await upload(world, world.alder, draft("https://files.example/a"))
    (second,) = await upload(world, world.birch, draft("hxxps://FILES[.]example/a"))
    assert first.signal_id == second.signal_id


async def test_uploading_again_changes_nothing(world: World) -> None:
    await upload(world, world.alder, draft(context="seen twice"))
    before = await world.rows("SELECT version, updated_at, expires_at FROM contribution")
    assert await outcomes(world, world.alder, draft(context="seen twice")) == ["UNCHANGED"]
    assert await world.rows("SELECT version, updated_at, expires_at FROM contribution") == before


@pytest.mark.parametrize(
    "other",
    [
        draft(labels=replace(LABELS, confidence=51)),
        draft(labels=replace(LABELS, severity=Severity.HIGH)),
        draft(labels=replace(LABELS, annotations=(Annotation.SPAM,))),
        draft(context="new words"),
        draft(hints=Hints(media_type="text/html")),
    ],
    ids=["confidence", "severity", "annotations", "context", "media type"],
)
async def test_saying_something_else_updates_the_contribution(world: World, other: SignalDraft) -> None:
    await upload(world, world.alder, draft())
    assert await outcomes(world, world.alder, other) == ["UPDATED"]
    assert [tuple(row) for row in await world.rows("SELECT version FROM contribution")] == [(2,)]


async def test_one_bad_row_harms_no_other(world: World) -> None:
    rows = [draft(), draft("not a url"), draft("https://files.example/b")]
    results = await upload(world, world.alder, *rows)
    assert [result.outcome for result in results] == [Outcome.CREATED, Outcome.REJECTED, Outcome.CREATED]
    problem = results[1].rejection
    assert problem is not None
    assert (problem.code, problem.field, problem.reason) == ("BAD_USER_INPUT", "value", "NOT_A_URL")


async def test_of_two_rows_with_one_value_the_first_decides(world: World) -> None:
    other = draft(labels=replace(LABELS, confidence=99))
    results = await upload(world, world.alder, draft(), other, draft("https://FILES.example/a"))
    assert [result.outcome for result in results] == [Outcome.CREATED, Outcome.REJECTED, Outcome.UNCHANGED]
    assert results[1].rejection is not None
    assert results[1].rejection.reason == "DUPLICATE_IN_BATCH"


async def test_a_value_shared_out_of_sight_looks_like_a_new_one(world: World) -> None:
    hidden = draft(audience=Audience((world.exchange.group_id,)))
    await upload(world, world.alder, hidden)
    seen, new = await upload(world, world.cedar, draft(), draft("https://files.example/new"))
    assert (seen.outcome, new.outcome) == (Outcome.CREATED, Outcome.CREATED)
    assert (seen.rejection, new.rejection) == (None, None)
    assert seen.signal_id is not None
    assert len(await world.contributions_on(world.cedar, seen.signal_id)) == 1


@pytest.mark.parametrize("type", [SignalType.HASH_PDQ, SignalType.EMAIL_ADDRESS])
async def test_a_value_shared_out_of_sight_takes_the_same_work_as_a_new_one(world: World, type: SignalType) -> None:
    values = _HASHES if type is SignalType.HASH_PDQ else ("jane.doe@mail.example", "john.doe@mail.example")
    held, new = (draft(value, type, hints=Hints(quality=100)) for value in values)
    await upload(world, world.alder, replace(held, audience=Audience((world.exchange.group_id,))))
    kept = await world.rows("SELECT count(*) FROM signal_match_key")
    for service in (uploads.upload, uploads.rehearse):
        work = await _work(world, service, held)
        assert work == await _work(world, service, new)
        assert work
    await upload(world, world.cedar, held)
    assert await world.rows("SELECT count(*) FROM signal_match_key") == kept


_HASHES = (
    "f87ca07c7c3eda39fe03cf8387e18fc181f0587994f838781c31bc791e530ca1",
    "0b53bb8e1de7fdad1a45efc8a1e5ff2ef0c4d3a5b98e77214f1d6a3395be7c12",
)


async def _work(world: World, service: Callable[..., Awaitable[Any]], draft: SignalDraft) -> list[str]:
    """The statements that it sends, in a transaction that is not kept."""
    engine, done = world.exchange.database.engine.sync_engine, list[str]()

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        done.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    async with world.exchange.database.read(world.now(world.cedar)) as session:
        await service(session, world.now(world.cedar), world.exchange.keyring, [draft])
    event.remove(engine, "before_cursor_execute", note)
    return done


async def test_a_rehearsal_says_the_same_and_changes_nothing(world: World) -> None:
    await upload(world, world.alder, draft("https://files.example/known"))
    rows = [draft(), draft("https://files.example/known"), draft("nonsense"), draft()]
    tables = "SELECT (SELECT count(*) FROM signal), (SELECT count(*) FROM contribution), (SELECT count(*) FROM inbox)"
    before = await world.rows(tables)
    async with world.exchange.database.read(world.now(world.alder)) as session:
        told = await uploads.rehearse(session, world.now(world.alder), world.exchange.keyring, rows)
    assert [str(result.outcome) for result in told] == ["CREATED", "UNCHANGED", "REJECTED", "UNCHANGED"]
    assert await world.rows(tables) == before
    assert [result.outcome for result in await upload(world, world.alder, *rows)] == [r.outcome for r in told]


async def test_a_rehearsal_tells_no_id_of_a_signal_that_others_may_hold(world: World) -> None:
    await upload(world, world.birch, draft(audience=Audience((world.exchange.group_id,))))
    rows = [draft(), draft("https://files.example/nobodys"), draft()]
    told = await world.ask(uploads.rehearse, world.cedar, world.exchange.keyring, rows)
    assert told == [RowResult(Outcome.CREATED), RowResult(Outcome.CREATED), RowResult(Outcome.UNCHANGED)]


async def test_a_rehearsal_judges_a_second_upload_as_the_upload_does(world: World) -> None:
    manual = replace(LABELS, review_status=ReviewStatus.REVIEWED_MANUALLY)
    await upload(world, world.alder, draft(labels=manual, states_review=True))
    rows = [draft(states_review=True), draft(labels=replace(LABELS, confidence=51))]
    for again in rows:
        (told,) = await world.ask(uploads.rehearse, world.alder, world.exchange.keyring, [again])
        assert await upload(world, world.alder, again) == [told]


async def test_a_rehearsal_needs_the_scope_of_an_upload(world: World) -> None:
    reader = replace(world.alder, scopes=world.alder.scopes - {"signals:write"})
    with pytest.raises(Forbidden):
        await world.ask(uploads.rehearse, reader, world.exchange.keyring, [draft()])


async def test_a_key_sent_twice_acts_once(world: World) -> None:
    first = await upload(world, world.alder, draft(), draft("nonsense"), key="file-1")
    again = await upload(world, world.alder, draft(), draft("nonsense"), key="file-1")
    assert again == first
    assert again[0].outcome is Outcome.CREATED


async def test_a_key_with_other_input_is_a_conflict(world: World) -> None:
    await upload(world, world.alder, draft(), key="file-1")
    with pytest.raises(Conflict):
        await upload(world, world.alder, draft("https://files.example/b"), key="file-1")


async def test_a_key_of_another_client_is_another_key(world: World) -> None:
    await upload(world, world.alder, draft(), key="file-1")
    (result,) = await upload(world, world.birch, draft("https://files.example/b"), key="file-1")
    assert result.outcome is Outcome.CREATED


async def test_idempotency_records_hold_no_value(world: World) -> None:
    await upload(world, world.alder, draft("jane@mail.example", SignalType.EMAIL_ADDRESS), key="jane@mail.example")
    (record,) = await world.rows("SELECT * FROM idempotency")
    assert "jane" not in repr(record)


@pytest.mark.parametrize("status", [ParticipantStatus.RESTRICTED, ParticipantStatus.SUSPENDED])
async def test_only_an_active_participant_uploads(world: World, status: ParticipantStatus) -> None:
    with pytest.raises(Forbidden):
        await upload(world, replace(world.alder, status=status), draft())


async def test_without_the_scope_nothing_is_uploaded(world: World) -> None:
    with pytest.raises(Forbidden):
        await upload(world, replace(world.alder, scopes=world.alder.scopes - {"signals:write"}), draft())


async def test_a_group_that_is_not_the_uploaders_does_not_exist_for_it(world: World) -> None:
    (theirs,) = await upload(world, world.cedar, draft(audience=Audience((world.exchange.group_id,))))
    (nobodys,) = await upload(world, world.cedar, draft(audience=Audience((uuid4(),))))
    assert theirs == nobodys
    assert theirs.rejection is not None
    assert theirs.rejection.code == "NOT_FOUND"


async def test_an_audience_of_no_group_is_refused_and_never_the_whole_program(world: World) -> None:
    (result,) = await upload(world, world.alder, draft(audience=Audience(())))
    assert result.rejection is not None
    assert (result.rejection.field, result.rejection.reason) == ("audienceGroups", "EMPTY")


async def test_leaving_the_audience_off_shows_a_value_to_nobody_else(world: World) -> None:
    await upload(world, world.alder, draft(audience=Audience((world.exchange.group_id,))))
    assert await outcomes(world, world.alder, draft()) == ["UNCHANGED"]
    assert await outcomes(world, world.alder, draft(audience=Audience())) == ["UPDATED"]


async def test_a_manual_review_is_not_replaced_by_less(world: World) -> None:
    manual = replace(LABELS, review_status=ReviewStatus.REVIEWED_MANUALLY)
    automatic = replace(LABELS, review_status=ReviewStatus.REVIEWED_AUTOMATICALLY)
    await upload(world, world.alder, draft(labels=manual, states_review=True))
    (result,) = await upload(world, world.alder, draft(labels=automatic, states_review=True))
    assert result.rejection is not None
    assert result.rejection.reason == "REVIEWED_BY_A_PERSON"
    assert await outcomes(world, world.alder, draft()) == ["UNCHANGED"]


async def test_an_expiry_is_capped_by_the_retention_and_not_moved_by_uploading_again(world: World) -> None:
    far = world.exchange.clock() + timedelta(days=9_999)
    await upload(world, world.alder, draft(expires_at=far))
    ((expires_at, created_at),) = await world.rows("SELECT expires_at, created_at FROM contribution")
    assert expires_at == created_at + timedelta(days=365)
    world.exchange.clock.forward(days=30)
    assert await outcomes(world, world.alder, draft()) == ["UNCHANGED"]
    assert [tuple(row) for row in await world.rows("SELECT expires_at FROM contribution")] == [(expires_at,)]


async def test_what_is_quarantined_is_seen_by_its_contributor_and_the_operator(world: World) -> None:
    await world.do(participants.set_quarantine, world.operator, world.alder.participant_id, True)
    (result,) = await upload(world, world.alder, draft())
    assert result.signal_id is not None
    assert [await world.sees(who, result.signal_id) for who in (world.alder, world.operator)] == [True, True]
    assert not await world.sees(world.birch, result.signal_id)


async def test_after_its_last_contribution_a_value_gets_a_new_id(world: World) -> None:
    (first,) = await upload(world, world.alder, draft())
    await world.do(contributions.retract, world.alder, [first.subject_id], "ERROR")
    assert await world.rows("SELECT id FROM signal") == []
    (second,) = await upload(world, world.alder, draft())
    assert second.outcome is Outcome.CREATED
    assert second.signal_id != first.signal_id


async def test_no_clear_value_reaches_the_database(world: World) -> None:
    await upload(
        world,
        world.alder,
        draft("jane.canary@mail.example", SignalType.EMAIL_ADDRESS, context="jane.canary wrote"),
    )
    for table in ("signal", "contribution", "signal_match_key", "inbox"):
        assert "canary" not in repr(await world.rows(f"SELECT * FROM {table}"))  # a fixed name
