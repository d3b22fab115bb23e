"""What the first run makes in an empty exchange, once, with the secrets in a file."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from app import first_run
from app.rules.keyring import Keyring
from app.store.database_urls import DatabaseUrls
from app.store.setup_error import SetupError

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ACME = ("acme", "Acme")


async def test_the_demo_is_made_once_and_its_credentials_stay(emptied: DatabaseUrls, tmp_path: Path) -> None:
    keyring = Keyring.generate()
    kept = await first_run.ensure_demo(emptied.owner, keyring, tmp_path, NOW)
    assert kept is not None
    made = kept.read_text()
    assert made.count("_SECRET=") == 4
    assert kept.stat().st_mode & 0o777 == 0o600
    assert await first_run.ensure_demo(emptied.owner, keyring, tmp_path, NOW) == kept
    assert kept.read_text() == made


async def test_an_exchange_in_use_gets_no_demo(emptied: DatabaseUrls, tmp_path: Path) -> None:
    keyring = Keyring.generate()
    await first_run.found(emptied.owner, keyring, tmp_path / "operator.env", ACME, NOW)
    assert "OPERATOR_SECRET=" in (tmp_path / "operator.env").read_text()
    assert await first_run.ensure_demo(emptied.owner, keyring, tmp_path, NOW) is None


async def test_there_is_no_second_founder(emptied: DatabaseUrls, tmp_path: Path) -> None:
    keyring = Keyring.generate()
    await first_run.found(emptied.owner, keyring, tmp_path / "operator.env", ACME, NOW)
    with pytest.raises(SetupError, match="has participants"):
        await first_run.found(emptied.owner, keyring, tmp_path / "second.env", ACME, NOW)
    assert not (tmp_path / "second.env").exists()
