"""An exchange starts with its own keys or not at all: with others, what was kept could never be read again."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app import first_run
from app.errors import InvalidInput
from app.first_run import Founding
from app.rules.keyring import KEY_BYTES, Keyring, VersionedKeys
from app.store import private_file
from app.store.database_urls import DatabaseUrls
from app.store.setup_error import SetupError
from tests.connections import connected

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ADDRESS = "http://127.0.0.1:8000"
FIRST = {"encryption 1", "root 1", "tag 1"}


async def start(urls: DatabaseUrls, directory: Path) -> Keyring:
    """What serving does with the keys, up to where it would answer."""
    path = directory / "keys.json"
    keyring = await first_run.keys(urls.owner, path)
    await first_run.ensure_demo(urls.owner, keyring, directory, ADDRESS, NOW)
    await first_run.check_keys(urls.owner, keyring, path)
    return keyring


async def kept(urls: DatabaseUrls) -> Mapping[str, bytes]:
    async with connected(urls.owner) as owner:
        rows = await owner.execute(text("SELECT purpose || ' ' || version, digest FROM key_check"))
        return {str(name): bytes(digest) for name, digest in rows}


def rotated(keyring: Keyring) -> Keyring:
    newer = {**keyring.encryption.by_version, 2: bytes(range(KEY_BYTES))}
    return replace(keyring, encryption=VersionedKeys(newer))


async def test_an_exchange_goes_on_with_the_keys_of_its_first_run(emptied: DatabaseUrls, tmp_path: Path) -> None:
    keyring = await start(emptied, tmp_path)
    assert await start(emptied, tmp_path) == keyring
    assert (await kept(emptied)).keys() == FIRST


async def test_lost_keys_are_not_replaced_by_new_ones(emptied: DatabaseUrls, tmp_path: Path) -> None:
    await start(emptied, tmp_path)
    (tmp_path / "keys.json").unlink()
    with pytest.raises(SetupError, match=r"keys.json is missing.*restore it from the backup"):
        await start(emptied, tmp_path)
    assert not (tmp_path / "keys.json").exists()


async def test_a_host_with_a_directory_of_its_own_gets_no_keys_of_its_own(
    emptied: DatabaseUrls, tmp_path: Path
) -> None:
    await start(emptied, tmp_path / "one")
    with pytest.raises(SetupError, match="LANTERN_KEY_FILE"):
        await start(emptied, tmp_path / "two")
    assert not (tmp_path / "two").exists()


async def test_keys_of_another_exchange_are_refused(emptied: DatabaseUrls, tmp_path: Path) -> None:
    await start(emptied, tmp_path)
    before = await kept(emptied)
    others = rotated(Keyring.generate()).to_json()
    private_file.replace(tmp_path / "keys.json", others)
    with pytest.raises(SetupError, match=r"not the keys of this exchange \(encryption 1, root 1, tag 1\)"):
        await start(emptied, tmp_path)
    assert (tmp_path / "keys.json").read_text() == others
    assert await kept(emptied) == before


@pytest.mark.parametrize("part", ["encryption", "tags", "root"])
async def test_one_wrong_key_is_enough(emptied: DatabaseUrls, tmp_path: Path, part: str) -> None:
    keyring = await start(emptied, tmp_path)
    mixed = replace(keyring, **{part: getattr(Keyring.generate(), part)})
    with pytest.raises(SetupError, match="not the keys"):
        await first_run.check_keys(emptied.owner, mixed, tmp_path / "keys.json")


async def test_of_two_that_set_up_one_exchange_the_second_does_not_serve(emptied: DatabaseUrls, tmp_path: Path) -> None:
    late = await first_run.keys(emptied.owner, tmp_path / "late.json")
    await start(emptied, tmp_path / "early")
    assert await first_run.ensure_demo(emptied.owner, late, tmp_path / "late", ADDRESS, NOW) is None
    with pytest.raises(SetupError, match="not the keys"):
        await first_run.check_keys(emptied.owner, late, tmp_path / "late.json")


async def test_an_exchange_knows_its_keys_once_it_is_founded(emptied: DatabaseUrls, tmp_path: Path) -> None:
    keyring = await first_run.keys(emptied.owner, tmp_path / "keys.json")
    operator = tmp_path / "operator.env"
    with pytest.raises(InvalidInput):
        await first_run.found(emptied.owner, keyring, operator, Founding("", "Nobody"), NOW)
    assert await kept(emptied) == {}
    await first_run.found(emptied.owner, keyring, operator, Founding("acme", "Acme"), NOW)
    assert (await kept(emptied)).keys() == FIRST


async def test_a_new_version_is_known_from_its_first_start(emptied: DatabaseUrls, tmp_path: Path) -> None:
    keyring = await start(emptied, tmp_path)
    await first_run.check_keys(emptied.owner, rotated(keyring), tmp_path / "keys.json")
    assert (await kept(emptied)).keys() == FIRST | {"encryption 2"}
    with pytest.raises(SetupError, match=r"\(encryption 2\)"):
        await first_run.check_keys(emptied.owner, keyring, tmp_path / "keys.json")


@pytest.mark.parametrize("way", ["serving", "worker"])
async def test_only_the_owner_reads_the_checks(emptied: DatabaseUrls, way: str) -> None:
    async with connected(getattr(emptied, way)) as connection:
        for statement in ("SELECT FROM key_check", "DELETE FROM key_check", "UPDATE key_check SET version = 2"):
            with pytest.raises(DBAPIError, match="permission denied"):
                await connection.execute(text(statement))


def test_a_check_holds_no_key_and_tells_keys_purposes_and_versions_apart() -> None:
    keyring, other = Keyring.generate(), Keyring.generate()
    same = VersionedKeys({1: keyring.root, 2: keyring.root})
    alike = replace(keyring, encryption=same, tags=same)
    checks = [*keyring.checks().values(), *other.checks().values()]
    assert len(set(checks)) == 6
    assert len(set(alike.checks().values())) == 5
    assert keyring.root not in alike.checks().values()
