"""A new encryption key is used at once, old texts stay readable, and the old key goes when nothing needs it."""

import asyncio
import json
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from app import key_rotation
from app.key_rotation import KeyFile
from app.migrations.walls.people import SEALED
from app.rules.keyring import ENCRYPTION
from app.rules.sealing import opened
from app.services import uploads
from app.store import key_file, sealed_places
from app.store.setup_error import SetupError
from tests.rotation.world import Server, Shared, email


async def test_new_texts_have_the_new_key_at_once_and_old_ones_are_read(
    shared: Shared, one: Server, other: Server
) -> None:
    await one.upload(shared.alder, [email(1)])
    assert await key_rotation.rotate_encryption(shared.files) == 2
    await other.upload(shared.alder, [email(2)])
    assert await shared.versions() == ({1}, {1, 2})
    for server in (one, other):
        found = await server.match(shared.birch, ["person.1@gmail.com", "person.2@gmail.com"])
        assert all(found)
    assert (await shared.signals()).keys() == {"person.1@gmail.com", "person.2@gmail.com"}


async def test_a_text_of_a_key_that_a_server_never_heard_of_is_read(shared: Shared, one: Server, other: Server) -> None:
    """As where a statement of the transaction sees what was written after its first."""
    unaware = one.keys.keyring
    await key_rotation.rotate_encryption(shared.files)
    (result,) = await other.upload(shared.alder, [email(1)])
    ((sealed,),) = await shared.rows("SELECT sealed_value FROM signal")
    assert unaware.encryption.by_version.keys() == {1}
    assert result.signal_id is not None
    assert opened(unaware, sealed, result.signal_id) == "person.1@gmail.com"  # type: ignore[arg-type]


async def test_all_texts_come_to_the_new_key_and_read_the_same(shared: Shared, one: Server) -> None:
    ids = [r.signal_id for r in await one.upload(shared.alder, [email(n) for n in range(300)])]
    before = await shared.signals()
    await key_rotation.rotate_encryption(shared.files)
    await shared.rekey()
    assert await shared.versions() == ({1}, {2})
    assert await shared.signals() == before
    assert set(before.values()) == set(ids)
    marks = await shared.rows("SELECT DISTINCT substr(sealed_context, 1, 2) FROM contribution")
    assert marks == [(b"\x00\x02",)]


async def test_sealing_anew_is_no_change_of_anything(shared: Shared, one: Server) -> None:
    await one.upload(shared.alder, [email(n) for n in range(20)])
    told = "SELECT id, version, updated_at FROM contribution ORDER BY id"
    before, inbox = await shared.rows(told), await shared.rows("SELECT count(*) FROM inbox")
    await key_rotation.rotate_encryption(shared.files)
    await shared.rekey()
    assert await shared.rows(told) == before
    assert await shared.rows("SELECT count(*) FROM inbox") == inbox
    (again,) = await one.upload(shared.alder, [email(1)])
    assert str(again.outcome) == "UNCHANGED"


def test_every_sealed_column_has_its_job() -> None:
    assert {place.work: place.owner for place in sealed_places.PLACES} == SEALED


async def test_an_old_key_is_kept_while_a_text_needs_it(shared: Shared, one: Server) -> None:
    await one.upload(shared.alder, [email(1)])
    await key_rotation.rotate_encryption(shared.files)
    before = shared.files.path.read_text()
    with pytest.raises(SetupError, match=r"1 of contribution.sealed_context.*1 of signal.sealed_value|still needed"):
        await key_rotation.retire(shared.files, ENCRYPTION)
    assert shared.files.path.read_text() == before
    await shared.rekey()
    assert await key_rotation.retire(shared.files, ENCRYPTION) == [1]
    assert json.loads(shared.files.path.read_text())["encryption"].keys() == {"2"}
    assert await key_rotation.retire(shared.files, ENCRYPTION) == []
    async with shared.server() as late:
        assert await late.match(shared.birch, ["person.1@gmail.com"]) != [()]


async def test_retiring_waits_for_a_write_that_began_with_the_old_key(shared: Shared, one: Server) -> None:
    await one.upload(shared.alder, [email(1)])
    async with one.database.write(shared.alder) as session:
        await key_rotation.rotate_encryption(shared.files)
        await uploads.upload(session, shared.alder, one.keys.keyring, [email(2)])
        retiring = asyncio.create_task(key_rotation.retire(shared.files, ENCRYPTION))
        await asyncio.sleep(0.3)
        assert not retiring.done()
    with pytest.raises(SetupError, match="still needed"):
        await retiring


async def test_a_rotation_that_was_cut_off_goes_on_with_the_key_that_it_made(shared: Shared, one: Server) -> None:
    keyring = shared.keyring()
    key_file.replace_keys(shared.files.path, replace(keyring, encryption=keyring.encryption.with_new()))
    cut_off = shared.keyring()
    await one.upload(shared.alder, [email(1)])
    assert await shared.versions() == ({1}, {1}), "a key that nobody took into use is not used"
    assert await key_rotation.rotate_encryption(shared.files) == 2
    assert shared.keyring() == cut_off


async def test_the_file_stays_private_and_no_key_is_lost(shared: Shared) -> None:
    before = shared.keyring()
    await key_rotation.rotate_encryption(shared.files)
    await key_rotation.rotate_tags(shared.files)
    after = shared.keyring()
    assert stat.S_IMODE(shared.files.path.stat().st_mode) == 0o600
    assert after.encryption.by_version.items() > before.encryption.by_version.items()
    assert after.tags.by_version.items() > before.tags.by_version.items()
    assert (after.root, after.signing) == (before.root, before.signing)


async def test_of_two_rotations_at_once_one_is_refused(shared: Shared) -> None:
    before = shared.files.path.read_text()
    async with key_rotation._alone(shared.files):
        for rotate in (key_rotation.rotate_tags, key_rotation.rotate_encryption, key_rotation.rotate_normaliser):
            with pytest.raises(SetupError, match="by another program"):
                await rotate(shared.files)
    assert shared.files.path.read_text() == before


async def test_a_host_with_a_key_file_of_its_own_does_not_change_keys(shared: Shared, tmp_path: Path) -> None:
    copied = KeyFile(shared.files.owner, shared.copied_file(tmp_path / "copy.json"))
    await key_rotation.rotate_encryption(shared.files)
    with pytest.raises(SetupError, match=r"other keys for encryption 2"):
        await key_rotation.rotate_encryption(copied)
    assert (await shared.in_use()).encryption == 2
