"""A new tag key: every value is found at every moment, and none gets a second signal."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import event
from structlog.testing import capture_logs

from app import key_rotation
from app.errors import TooMany
from app.key_rotation import KeyFile
from app.rules.key_use import TagVersion
from app.rules.keyring import TAG
from app.rules.matches import MatchKind
from app.services import uploads
from app.store.key_use import probed
from app.store.setup_error import SetupError
from app.worker import batches
from app.worker.rekeying import Step
from tests.rotation.world import Server, Shared, email, near
from tests.waiting import PATIENCE

OLD, NEW = TagVersion(1, 1), TagVersion(2, 1)
VALUES = [f"person.{n}@gmail.com" for n in range(3)]


async def found(shared: Shared, server: Server) -> list[list[MatchKind]]:
    exact = await server.match(shared.birch, VALUES)
    loose = await server.match(shared.birch, [near(n) for n in range(3)])
    return [[match.kind for match in matches] for matches in (*exact, *loose)]


FOUND = [[MatchKind.EXACT]] * 3 + [[MatchKind.MATCH_KEY]] * 3


async def test_values_are_found_before_in_the_middle_of_and_after_the_job(
    shared: Shared, one: Server, other: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "WIDTH", 2)
    await one.upload(shared.alder, [email(n) for n in range(3)])
    before = await shared.signals()
    assert [await found(shared, server) for server in (one, other)] == [FOUND, FOUND]
    await key_rotation.rotate_tags(shared.files)
    assert (await shared.in_use()).tags == (NEW, OLD)
    assert [await found(shared, server) for server in (one, other)] == [FOUND, FOUND]
    assert await shared.steps(1) == [Step.MORE]
    assert await shared.versions() == ({1, 2}, {1})
    assert [await found(shared, server) for server in (one, other)] == [FOUND, FOUND]
    await shared.rekey()
    assert (await shared.in_use()).tags == (NEW,)
    assert await shared.versions() == ({2}, {1})
    assert [await found(shared, server) for server in (one, other)] == [FOUND, FOUND]
    assert await shared.signals() == before


async def test_while_no_key_changes_one_version_is_tried_and_the_file_is_left_alone(
    shared: Shared, one: Server
) -> None:
    await one.upload(shared.alder, [email(1)])
    shared.files.path.unlink()
    statements: list[str] = []
    engine = one.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    assert (await one.match(shared.birch, VALUES))[1]
    async with one.database.read(shared.birch) as session:
        assert probed(session, one.keys.keyring) == (OLD,)
    await one.upload(shared.alder, [email(2)])
    assert not [statement for statement in statements if "held_tags" in statement or "key_use.epoch" in statement]


async def test_an_upload_finds_the_signal_of_before_whether_or_not_the_job_has_come_to_it(
    shared: Shared, one: Server, other: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "WIDTH", 2)
    drafts = [email(n) for n in range(3)]
    ids = [r.signal_id for r in await one.upload(shared.alder, drafts)]
    await key_rotation.rotate_tags(shared.files)
    await shared.steps(1)
    told = await other.rehearse(shared.alder, drafts)
    assert [str(r.outcome) for r in told] == ["UNCHANGED"] * 3
    again = await other.upload(shared.alder, drafts)
    theirs = await one.upload(shared.birch, [*drafts, email(9)])
    assert [r.signal_id for r in again] == ids
    assert [str(r.outcome) for r in again] == ["UNCHANGED"] * 3
    assert [r.signal_id for r in theirs][:3] == ids
    assert len(await shared.signals()) == 4


async def test_what_lapsed_under_the_old_tag_starts_anew(shared: Shared, one: Server) -> None:
    (first,) = await one.upload(shared.alder, [email(1)])
    await key_rotation.rotate_tags(shared.files)
    await shared.write("UPDATE contribution SET expires_at = '2026-01-01Z'")
    (second,) = await one.upload(shared.alder, [email(1)])
    assert str(second.outcome) == "CREATED"
    assert second.signal_id != first.signal_id
    assert len(await shared.signals()) == 1


async def test_the_change_waits_for_an_upload_that_does_not_know_the_new_key(
    shared: Shared, one: Server, other: Server
) -> None:
    async with one.database.write(shared.alder) as session:
        rotating = asyncio.create_task(key_rotation.rotate_tags(shared.files))
        await shared.until(lambda use: use.announced is not None)
        await uploads.upload(session, shared.alder, one.keys.keyring, [email(1)])
        # Meanwhile another server shares under the key of before, and looks for both.
        await other.upload(shared.birch, [email(2)])
        assert await other.match(shared.birch, ["person.2@gmail.com"]) != [()]
        assert not rotating.done()
    assert await asyncio.wait_for(rotating, PATIENCE) == 2
    assert (await shared.versions())[0] == {1}
    await other.upload(shared.birch, [email(1), email(2)])
    assert len(await shared.signals()) == 2


async def test_an_upload_in_the_middle_of_the_change_gives_the_tags_that_are_in_use_by_then(
    shared: Shared, one: Server, other: Server
) -> None:
    await other.upload(shared.birch, [email(1)])
    async with AsyncExitStack() as held:
        await held.enter_async_context(one.database.write(shared.alder))
        rotating = asyncio.create_task(key_rotation.rotate_tags(shared.files))
        await shared.until(lambda use: use.announced is not None)
        async with other.database.write(shared.birch) as session:
            await held.aclose()
            await shared.until(lambda use: use.announced is None)
            await uploads.upload(session, shared.birch, other.keys.keyring, [email(1), email(2)])
    await rotating
    versions = dict(await shared.rows("SELECT tag_key_version, count(*) FROM signal GROUP BY 1"))
    assert versions == {1: 1, 2: 1}
    assert len(await shared.signals()) == 2


async def test_a_server_without_the_new_key_neither_misses_nor_doubles_anything(
    shared: Shared, one: Server, tmp_path: Path
) -> None:
    """A host with a copy of the file that nobody brought up to date."""
    await one.upload(shared.alder, [email(1)])
    async with shared.server(shared.copied_file(tmp_path / "copy.json")) as behind:
        await key_rotation.rotate_tags(shared.files)
        with pytest.raises(TooMany), capture_logs() as logs:
            await behind.match(shared.birch, VALUES)
        assert logs[0]["missing"] == ["tag 2, normal forms 1"]
        with pytest.raises(TooMany):
            await behind.upload(shared.birch, [email(1)])
        (tmp_path / "copy.json").write_text(shared.files.path.read_text())
        assert (await behind.match(shared.birch, VALUES))[1]


async def test_a_server_with_another_key_of_that_name_does_not_take_it_up(
    shared: Shared, one: Server, tmp_path: Path
) -> None:
    copy = shared.copied_file(tmp_path / "copy.json")
    async with shared.server(copy) as wrong:
        await key_rotation.rotate_tags(shared.files)
        keyring = one.keys.keyring
        copy.write_text(replace(keyring, tags=keyring.tags.with_new()).to_json())
        with pytest.raises(TooMany):
            await wrong.upload(shared.birch, [email(1)])
    with pytest.raises(SetupError, match=r"Signals still have the tags"):
        await key_rotation.rotate_tags(KeyFile(shared.files.owner, copy))


async def test_a_change_waits_for_the_one_before(shared: Shared, one: Server) -> None:
    await one.upload(shared.alder, [email(1)])
    await key_rotation.rotate_tags(shared.files)
    with pytest.raises(SetupError, match="run scripts/run retag first"):
        await key_rotation.rotate_tags(shared.files)
    with pytest.raises(SetupError, match="1 signals"):
        await key_rotation.retire(shared.files, TAG)
    await shared.rekey()
    assert await key_rotation.rotate_tags(shared.files) == 3
    with pytest.raises(SetupError, match="still needed"):
        await key_rotation.retire(shared.files, TAG)
    await shared.rekey()
    assert await key_rotation.retire(shared.files, TAG) == [1, 2]
    assert (await one.match(shared.birch, VALUES))[1]
    async with shared.server() as late:
        assert (await late.match(shared.birch, VALUES))[1]


async def test_a_change_that_was_cut_off_after_its_announcement_goes_on(shared: Shared, one: Server) -> None:
    async with one.database.write(shared.alder):
        rotating = asyncio.create_task(key_rotation.rotate_tags(shared.files))
        await shared.until(lambda use: use.announced is not None)
        rotating.cancel()
        await asyncio.gather(rotating, return_exceptions=True)
    await one.upload(shared.alder, [email(1)])
    assert (await shared.versions())[0] == {1}
    assert await key_rotation.rotate_tags(shared.files) == 2
    assert (await shared.in_use()).tags == (NEW, OLD)
    assert (await one.match(shared.birch, VALUES))[1]


async def test_the_job_passes_over_what_an_upload_holds_and_comes_again(shared: Shared, one: Server) -> None:
    await one.upload(shared.alder, [email(n) for n in range(3)])
    await key_rotation.rotate_tags(shared.files)
    async with one.database.write(shared.birch) as session:
        await uploads.upload(session, shared.birch, one.keys.keyring, [email(1)])
        await asyncio.wait_for(shared.steps(1), PATIENCE)
        assert await shared.rows("SELECT moved, busy FROM rekeying") == [(2, 1)]
    await shared.steps(3)
    assert (await shared.versions())[0] == {2}
    assert (await shared.in_use()).tags == (NEW,)
    assert len(await shared.signals()) == 3


async def test_re_tagging_tells_nobody_and_logs_no_value(shared: Shared, one: Server) -> None:
    await one.upload(shared.alder, [email(n) for n in range(3)])
    told = "SELECT (SELECT count(*) FROM inbox), array_agg(updated_at ORDER BY id) FROM contribution"
    before = await shared.rows(told)
    await key_rotation.rotate_tags(shared.files)
    # One that cannot be opened: it is told, stays as it is, and holds up no other.
    await shared.write(
        "UPDATE signal SET sealed_value = sealed_value || '\\x00' WHERE id = (SELECT id FROM signal LIMIT 1)"
    )
    with capture_logs() as logs, pytest.raises(SetupError, match=r"1 of signal\.tag"):
        await shared.rekey()
    assert await shared.rows(told) == before
    assert logs
    assert "person" not in str(logs)
    assert (await shared.versions())[0] == {1, 2}
    assert (await shared.in_use()).tags == (NEW, OLD), "it is still found"
