"""Settings come from the environment or from files, and no mistake in one shows its value."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from app import config
from app.config import Settings, unknown_variables
from app.main import application
from app.rules.keyring import Keyring
from app.store.database import Database
from app.store.database_urls import DatabaseUrls
from app.store.setup_error import SetupError


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"LANTERN_{name.upper()}", raising=False)


def test_without_any_setting_everything_is_on_this_machine() -> None:
    settings = Settings()
    assert settings.issuer == "http://127.0.0.1:8000"
    assert settings.keys == config.CHECKOUT / ".lantern" / "keys.json"
    assert settings.has_demo


def test_an_exchange_on_a_named_database_has_no_demo_unless_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANTERN_DATABASE_URL", "postgresql://lantern_owner@postgres/lantern")
    assert not Settings().has_demo
    monkeypatch.setenv("LANTERN_DEMO", "true")
    assert Settings().has_demo


def test_a_secret_can_be_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lantern_database_url").write_text("postgresql://lantern_owner@postgres/lantern\n")
    monkeypatch.setitem(Settings.model_config, "secrets_dir", tmp_path)
    url = Settings().database_url
    assert url is not None
    assert url.get_secret_value() == "postgresql://lantern_owner@postgres/lantern"
    assert "postgres/lantern" not in repr(url)


@pytest.mark.parametrize("name", ["LANTERN_PORT", "LANTERN_WORKER", "LANTERN_DEMO", "LANTERN_WORKER_DATABASE_URL"])
def test_a_value_that_cannot_be_is_not_shown(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "hidden-word")
    with pytest.raises(ValidationError) as refusal:
        Settings()
    assert "hidden-word" not in str(refusal.value)


def test_a_misspelt_setting_is_noticed() -> None:
    environment = {"LANTERN_DATABSE_URL": "x", "LANTERN_PORT": "1", "PORT": "1"}
    assert unknown_variables(environment) == ["LANTERN_DATABSE_URL"]


@pytest.mark.parametrize("issuer", ["http://exchange.example", "exchange.example", "http://0.0.0.0:8000"])
def test_tokens_are_not_given_out_in_clear_over_a_network(database_urls: DatabaseUrls, issuer: str) -> None:
    with pytest.raises(SetupError, match="LANTERN_PUBLIC_URL"):
        application(Database.at(database_urls.serving), Keyring.generate(), issuer)


@pytest.mark.parametrize("name", Settings.model_fields)
def test_the_readme_tells_of_every_setting(name: str) -> None:
    readme = (config.CHECKOUT / "README.md").read_text()
    assert f"| `LANTERN_{name.upper()}` |" in readme
    assert f"| {Settings.model_fields[name].description} |" in readme
