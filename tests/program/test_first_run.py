"""What the first run makes in an empty exchange, once, with the secrets in a file."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from app import first_run
from app.errors import InvalidInput
from app.first_run import DemoFile, Founding
from app.rules.keyring import Keyring
from app.store.database_urls import DatabaseUrls
from app.store.setup_error import SetupError
from tests.connections import connected

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ACME = Founding("acme", "Acme")
ADDRESS = "http://127.0.0.1:8000"


async def test_the_demo_is_made_once_and_its_credentials_stay(emptied: DatabaseUrls, tmp_path: Path) -> None:
    keyring = Keyring.generate()
    kept = await first_run.ensure_demo(emptied.owner, keyring, tmp_path, ADDRESS, NOW)
    assert kept == DemoFile(tmp_path / "demo.env", is_new=True)
    made = kept.path.read_text()
    assert made.count("_SECRET=") == 4
    assert made.count("_PERSON=") == made.count("_PASSWORD=") == 3
    assert kept.path.stat().st_mode & 0o777 == 0o600
    again = await first_run.ensure_demo(emptied.owner, keyring, tmp_path, ADDRESS, NOW)
    assert again == DemoFile(kept.path, is_new=False)
    assert kept.path.read_text() == made


async def test_the_demo_tells_where_it_is_served_now(emptied: DatabaseUrls, tmp_path: Path) -> None:
    keyring = Keyring.generate()
    await first_run.ensure_demo(emptied.owner, keyring, tmp_path, ADDRESS, NOW)
    made = (tmp_path / "demo.env").read_text()
    assert f"\nLANTERN={ADDRESS}\n" in made
    await first_run.ensure_demo(emptied.owner, keyring, tmp_path, "http://[::1]:8001", NOW)
    assert (tmp_path / "demo.env").read_text() == made.replace(ADDRESS, "'http://[::1]:8001'")


async def test_an_exchange_in_use_gets_no_demo(emptied: DatabaseUrls, tmp_path: Path) -> None:
    keyring = Keyring.generate()
    await first_run.found(emptied.owner, keyring, tmp_path / "operator.env", ACME, NOW)
    assert "OPERATOR_SECRET=" in (tmp_path / "operator.env").read_text()
    assert await first_run.ensure_demo(emptied.owner, keyring, tmp_path, ADDRESS, NOW) is None


async def test_there_is_no_second_founder(emptied: DatabaseUrls, tmp_path: Path) -> None:
    keyring = Keyring.generate()
    await first_run.found(emptied.owner, keyring, tmp_path / "operator.env", ACME, NOW)
    with pytest.raises(SetupError, match="has participants"):
        await first_run.found(emptied.owner, keyring, tmp_path / "second.env", ACME, NOW)
    assert not (tmp_path / "second.env").exists()


async def test_the_first_person_gets_a_link(emptied: DatabaseUrls, tmp_path: Path) -> None:
    founding = Founding("acme", "Acme", "Root@acme.example", "https://exchange.example")
    await first_run.found(emptied.owner, Keyring.generate(), tmp_path / "operator.env", founding, NOW)
    made = (tmp_path / "operator.env").read_text()
    assert "OPERATOR_PASSWORD_LINK='https://exchange.example/oauth/password?link=lxl_" in made
    async with connected(emptied.owner) as owner:
        (person,) = (await owner.execute(text("SELECT roles, password_set_at FROM person"))).all()
    assert person == (["PARTICIPANT_ADMIN", "OPERATOR"], None)


async def test_nobody_is_founded_with_a_person_that_has_no_address(emptied: DatabaseUrls, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput):
        await first_run.found(
            emptied.owner, Keyring.generate(), tmp_path / "operator.env", Founding("acme", "Acme", "nobody"), NOW
        )
    assert not (tmp_path / "operator.env").exists()
    async with connected(emptied.owner) as owner:
        assert await owner.scalar(text("SELECT count(*) FROM participant")) == 0
