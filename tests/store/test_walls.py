"""What the serving roles can do past the services: the functions beyond row-level security, and what may be written."""

from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import CursorResult, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.rules.actor import Actor
from app.rules.drafts import Audience, SignalDraft
from app.rules.signal_types import SignalType
from app.services import uploads
from app.store.database_urls import DatabaseUrls
from app.store.tables import metadata
from tests.connections import connected
from tests.feedback_world import LABELS, World, world_at

DEFINERS = text(
    "SELECT proname, proconfig FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace ORDER BY proname"
)
CALLABLE = text(
    "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
    " AND has_function_privilege(:role, oid, 'EXECUTE')"
)

# Every function that runs as the owner, called about alder's signal of a group; the ids of clients are not alder's to
# know, and those are asked for before there is a viewer.
CALLS = {
    "actor_of": "actor_of(:participant, 'token')",
    "claim_signals": "claim_signals(ARRAY[CAST(:signal AS uuid)], ARRAY['URL'], ARRAY[''], ARRAY[CAST(:tag AS bytea)],"
    " ARRAY[''::bytea], ARRAY[1::smallint], 1::smallint, 1::smallint, now())",
    "client_by_id": "client_by_id(:participant)",
    "end_links": "end_links(:participant, ARRAY[CAST(:signal AS uuid)])",
    "erase_unheld_signals": "erase_unheld_signals(ARRAY[CAST(:signal AS uuid)])",
    "expire_lapsed": "expire_lapsed('infinity', 1000)",
    "expire_lapsed_at": "expire_lapsed_at(ARRAY[CAST(:tag AS bytea)])",
    "feed_head": "feed_head()",
    "feedback_about_me": "feedback_about_me('-infinity', 'infinity')",
    "finish_retagging": "finish_retagging()",
    "held_tags": "held_tags(ARRAY['URL'], ARRAY[CAST(:tag AS bytea)])",
    "hold_tags": "hold_tags(ARRAY[65537])",
    "hold_viewer": "hold_viewer(1, 'ACTIVE')",
    "hold_viewer_at_once": "hold_viewer_at_once(1, 'ACTIVE')",
    "my_cases": "my_cases()",
    "participant_at_desk": "participant_at_desk(:participant)",
    "pdq_changes": "pdq_changes(0, '{}', 0, '00000000-0000-0000-0000-000000000000', 1000)",
    "rekeying_until": "rekeying_until('signal.tag', NULL, 10)",
    "release_contributions": "release_contributions(ARRAY(SELECT id FROM contribution), now())",
    "reseal": "reseal('signal.sealed_value', 1::smallint, ARRAY[CAST(:signal AS uuid)], ARRAY[''::bytea],"
    " ARRAY[''::bytea])",
    "retag_signals": "retag_signals(65537, 1::smallint, ARRAY[CAST(:signal AS uuid)], ARRAY[CAST(:tag AS bytea)],"
    " ARRAY[''::bytea], ARRAY[''], ARRAY[NULL::bytea], ARRAY[]::uuid[], ARRAY[]::bytea[])",
    "retract_all_of": "retract_all_of(:participant, now())",
    "sealed_behind": f"sealed_behind('signal.sealed_value', NULL, '{UUID(int=2**128 - 1)}')",
    "set_contributions_hidden": "set_contributions_hidden(ARRAY(SELECT id FROM contribution), true, now())",
    "set_participant_hidden": "set_participant_hidden(:participant, true, now())",
    "set_signal_hidden": "set_signal_hidden(:signal, true, now())",
    "signals_behind": f"signals_behind(NULL, '{UUID(int=2**128 - 1)}')",
    "viewer_author": "viewer_author()",
    "unlike_keys": "unlike_keys(ARRAY['tag'], ARRAY[2], ARRAY[''::bytea])",
}
OF_THE_WORKER = {
    "expire_lapsed", "finish_retagging", "rekeying_until", "reseal", "retag_signals", "sealed_behind", "signals_behind",
}  # fmt: skip

# They only read, and find nothing where nobody looks.
ANSWERING = {
    "actor_of", "client_by_id", "feed_head", "feedback_about_me", "hold_viewer",
    "hold_viewer_at_once", "my_cases", "participant_at_desk", "unlike_keys", "viewer_author",
}  # fmt: skip

# Asked by a server process for itself, whoever looks or nobody.
UNASKED = {"pdq_changes"}


@pytest.fixture
async def world(emptied: DatabaseUrls, owner_engine: AsyncEngine) -> AsyncIterator[World]:
    async with world_at(emptied, owner_engine) as world:
        yield world


async def _given(world: World) -> dict[str, Any]:
    """A signal that alder shares with birch alone, with what somebody might have got hold of about it."""
    signal = await world.share(world.alder, group=world.exchange.group_id)
    await world.confirm(world.birch, signal)
    ((tag,),) = await world.rows(f"SELECT tag FROM signal WHERE id = '{signal}'")
    return {"signal": signal, "tag": tag, "participant": world.alder.participant_id, "me": world.cedar.participant_id}


async def _all(world: World) -> dict[str, list[Any]]:
    """All that is stored."""
    return {name: sorted(map(str, await world.rows(f"TABLE {name}"))) for name in metadata.tables}


def _named(statement: str, given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if f":{name}" in statement}


async def _try(world: World, actor: Actor, statement: str, given: Mapping[str, Any]) -> int:
    """The rows that it touches, for good."""
    async with world.exchange.database.write(world.now(actor)) as session:
        result = await session.execute(text(statement), _named(statement, given))
        assert isinstance(result, CursorResult)
        return result.rowcount


async def test_each_function_beyond_row_level_security_finds_our_tables_first(
    database_urls: DatabaseUrls,
) -> None:
    async with connected(database_urls.owner) as owner:
        found = {row.proname: row.proconfig for row in await owner.execute(DEFINERS)}
    assert found.keys() == CALLS.keys()
    assert all("search_path=public, pg_temp" in settings for settings in found.values())


@pytest.mark.parametrize("name", sorted(CALLS.keys() - UNASKED))
async def test_without_a_viewer_no_function_tells_or_changes_anything(world: World, name: str) -> None:
    given = await _given(world)
    before, call = await _all(world), f"SELECT * FROM {CALLS[name]}"
    with suppress(DBAPIError):
        async with world.exchange.database.nobody() as session:
            rows = await session.execute(text(call), _named(call, given))
            assert not any(value for row in rows for value in row)
    assert await _all(world) == before


@pytest.mark.parametrize("name", sorted(CALLS.keys() - ANSWERING - UNASKED))
async def test_without_a_viewer_the_others_refuse(world: World, name: str) -> None:
    given, call = await _given(world), f"SELECT * FROM {CALLS[name]}"
    with pytest.raises(DBAPIError, match=r"not for this viewer|permission denied for function"):
        async with world.exchange.database.nobody() as session:
            await session.execute(text(call), _named(call, given))


async def test_a_process_reads_of_itself_sealed_pictures_and_nothing_else(world: World) -> None:
    await _given(world)
    picture = SignalDraft(
        SignalType.HASH_PDQ, "9392186b179381445b939e6caa0b7f2af95b8cc6114ee44753ba82aebbb987e4", LABELS
    )
    audience = Audience((world.exchange.group_id,))
    await world.do(uploads.upload, world.alder, world.exchange.keyring, [replace(picture, audience=audience)])
    async with world.exchange.database.nobody() as session:
        found = (await session.execute(text(f"SELECT * FROM {CALLS['pdq_changes']}"))).all()
    with pytest.raises(DBAPIError, match="permission denied"):
        async with world.exchange.database.nobody() as session:
            await session.execute(text("TABLE pdq_erased"))
    held = await world.rows("SELECT id, made_in, sealed_value FROM signal WHERE type = 'HASH_PDQ'")
    assert list(found) == held
    assert len(found) == 1


async def test_the_worker_calls_nothing_but_its_own_functions(database_urls: DatabaseUrls) -> None:
    async with connected(database_urls.owner) as owner:
        assert set(await owner.scalars(CALLABLE, {"role": "lantern_worker"})) == {*OF_THE_WORKER, "unlike_keys"}
        assert not OF_THE_WORKER & set(await owner.scalars(CALLABLE, {"role": "lantern_app"}))


@pytest.mark.parametrize("work", ["participant.name", "signal.tag; TABLE participant", ""])
@pytest.mark.parametrize("call", ["sealed_behind(:work, NULL, NULL)", "rekeying_until(:work, NULL, 1)"])
async def test_the_worker_reads_what_is_sealed_and_nothing_else(
    database_urls: DatabaseUrls, call: str, work: str
) -> None:
    async with connected(database_urls.worker) as worker:
        with pytest.raises(DBAPIError, match="null values cannot be formatted as an SQL identifier"):
            await worker.execute(text(f"SELECT {call}"), {"work": work})


@pytest.mark.parametrize("name", ["expire_lapsed_at", "erase_unheld_signals"])
async def test_an_upload_neither_ends_what_lasts_nor_learns_of_it(world: World, name: str) -> None:
    given = await _given(world)
    before, call = await _all(world), f"SELECT * FROM {CALLS[name]}"
    async with world.exchange.database.write(world.now(world.cedar)) as session:
        held = list(await session.execute(text(call), _named(call, given)))
        absent = list(
            await session.execute(text(call), _named(call, given | {"tag": b"absent", "signal": given["me"]}))
        )
    assert held == absent
    assert await _all(world) == before


REPORT = (
    "INSERT INTO victim_report (id, created_at, signal_id, feedback_id, author_id, state, hid_at_once)"
    " VALUES (gen_random_uuid(), now(), :signal, gen_random_uuid(), :me, 'HIDDEN', true)"
)


async def test_nobody_hides_a_signal_that_it_does_not_see_by_a_report(world: World) -> None:
    given = await _given(world)
    with pytest.raises(DBAPIError, match="out of sight") as refusal:
        await _try(world, world.cedar, REPORT, given)
    assert getattr(refusal.value.orig, "sqlstate", None) == "40001", "who saw it a moment ago tries again"
    with pytest.raises(DBAPIError, match="not for this viewer"):
        await _try(world, world.cedar, "SELECT set_signal_hidden(:signal, true, now())", given)


@pytest.mark.parametrize("change", ["state = 'LIFTED'", "signal_id = :signal", "author_id = author_id"])
async def test_nobody_but_the_operator_changes_a_report(world: World, change: str) -> None:
    given = await _given(world)
    await world.report_victim(world.cedar, await world.share(world.alder))
    assert await _try(world, world.cedar, f"UPDATE victim_report SET {change}", given) == 0
    assert await _try(world, world.operator, "UPDATE victim_report SET state = state", given) == 1


def _entry(kind: str, owner: str) -> str:
    return (
        "INSERT INTO inbox (id, kind, signal_id, owner_id, sight_before, program_before, groups_before, sight_after,"
        f" program_after, groups_after, at) VALUES (gen_random_uuid(), '{kind}', :signal, {owner}, 1, true, '{{}}', 1,"
        " true, '{}', now())"
    )


@pytest.mark.parametrize(
    ("kind", "owner"),
    [("CONTRIBUTION", ":participant"), ("FEEDBACK", ":participant"), ("HIDING", ":participant"), ("HIDING", ":me")],
)
async def test_nobody_tells_the_feed_of_what_is_not_its_own(world: World, kind: str, owner: str) -> None:
    given = await _given(world)
    with pytest.raises(DBAPIError, match="row-level security"):
        await _try(world, world.cedar, _entry(kind, owner), given)


async def test_who_gave_feedback_tells_its_contributor_and_nobody_else(world: World) -> None:
    given = await _given(world)
    assert await _try(world, world.birch, _entry("FEEDBACK", ":participant"), given) == 1
    for wrong in ({"participant": world.cedar.participant_id}, {"signal": UUID(int=0)}):
        with pytest.raises(DBAPIError, match="row-level security"):
            await _try(world, world.birch, _entry("FEEDBACK", ":participant"), given | wrong)
