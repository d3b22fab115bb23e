"""Settings come from the environment or from files, and no mistake in one shows its value."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from app import config
from app.config import Settings, unknown_variables
from app.store.setup_error import SetupError
from app.web.oauth import metadata


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


@pytest.mark.parametrize("name", ["DATABASE_URL", "SERVING_DATABASE_URL", "WORKER_DATABASE_URL"])
@pytest.mark.parametrize(
    "url", ["hidden-word", "postgresql://a:b@h:hidden-word/x", "postgresql://a:b@h/x?hidden-word=1"]
)
def test_a_useless_url_is_told_by_its_own_setting(monkeypatch: pytest.MonkeyPatch, name: str, url: str) -> None:
    monkeypatch.setenv(f"LANTERN_{name}", url)
    with pytest.raises(ValidationError) as refusal:
        Settings()
    (mistake,) = refusal.value.errors(include_url=False)
    assert mistake["loc"] == (name.lower(),)
    assert "database URL" in mistake["msg"]
    assert "hidden-word" not in str(refusal.value)


def test_a_serving_database_needs_its_owner_beside_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANTERN_SERVING_DATABASE_URL", "postgresql://lantern_app@postgres/lantern")
    with pytest.raises(ValidationError, match="LANTERN_SERVING_DATABASE_URL: also set LANTERN_DATABASE_URL"):
        Settings()


UNSAFE = (
    "http://exchange.example",
    "exchange.example",
    "http://0.0.0.0:8000",
    "https://",
    "https://a.example/?b",
    "::",
)


@pytest.mark.parametrize("url", UNSAFE)
def test_tokens_are_not_given_out_in_clear_over_a_network(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("LANTERN_PUBLIC_URL", url)
    with pytest.raises(ValidationError) as refusal:
        Settings()
    assert [mistake["loc"] for mistake in refusal.value.errors()] == [("public_url",)]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])  # noqa: S104  # it is refused
def test_an_address_for_others_needs_one_with_https(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("LANTERN_HOST", host)
    with pytest.raises(SetupError, match=r"LANTERN_HOST: .*set LANTERN_PUBLIC_URL"):
        Settings().check_issuer()
    monkeypatch.setenv("LANTERN_PUBLIC_URL", "https://exchange.example/")
    Settings().check_issuer()
    assert Settings().issuer == "https://exchange.example"


@pytest.mark.parametrize(
    ("host", "issuer"),
    [("::1", "http://[::1]:8000"), ("localhost", "http://localhost:8000"), ("127.0.0.2", "http://127.0.0.2:8000")],
)
def test_the_exchange_serves_on_every_address_of_this_machine(
    monkeypatch: pytest.MonkeyPatch, host: str, issuer: str
) -> None:
    monkeypatch.setenv("LANTERN_HOST", host)
    Settings().check_issuer()
    assert Settings().issuer == issuer
    metadata(issuer)  # what is safe for us is safe for the library that issues the tokens


@pytest.mark.parametrize("url", UNSAFE)
def test_what_is_refused_could_not_issue_tokens_anyway(url: str) -> None:
    with pytest.raises(ValueError, match="issuer"):
        metadata(url)


@pytest.mark.parametrize("name", Settings.model_fields)
def test_the_readme_tells_of_every_setting(name: str) -> None:
    readme = (config.CHECKOUT / "README.md").read_text()
    assert f"| `LANTERN_{name.upper()}` |" in readme
    assert f"| {Settings.model_fields[name].description} |" in readme


def test_origins_of_other_pages_stand_between_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings().allowed_origins == ()
    monkeypatch.setenv("LANTERN_ALLOWED_ORIGINS", "https://pages.example, http://localhost:3000,")
    assert Settings().allowed_origins == ("https://pages.example", "http://localhost:3000")


@pytest.mark.parametrize("origin", ["*", "http://pages.example", "https://pages.example/path", "null", "hidden-word"])
def test_what_is_no_safe_origin_is_refused(monkeypatch: pytest.MonkeyPatch, origin: str) -> None:
    monkeypatch.setenv("LANTERN_ALLOWED_ORIGINS", f"https://pages.example,{origin}")
    with pytest.raises(ValidationError) as refusal:
        Settings()
    assert "hidden-word" not in str(refusal.value)
