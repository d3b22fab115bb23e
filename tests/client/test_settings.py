"""Which exchange is asked and in whose name, from the configuration file and the environment."""

import errno
import os
import stat
from pathlib import Path

import pytest

from app.client import Misconfigured, private_files, settings
from app.client.authority import ClientSecret
from app.client.errors import NotReady
from app.client.settings import Profile

ENVIRONMENT = {"EXCHANGE_URL": "https://e.example", "EXCHANGE_CLIENT": "cli_1", "EXCHANGE_SECRET": "lxs_1"}


def configured(home: Path, text: str) -> dict[str, str]:
    home.mkdir(exist_ok=True)
    (home / settings.FILE).write_text(text)
    return {"EXCHANGE_HOME": str(home)}


def test_the_environment_alone_is_enough(tmp_path: Path) -> None:
    given = ENVIRONMENT | {"EXCHANGE_HOME": str(tmp_path)}
    found = settings.profile(environment=given)
    assert (found.url, found.client_id, found.name) == ("https://e.example", "cli_1", "main")
    assert settings.authority(found, given) == ClientSecret("cli_1", "lxs_1")


def test_profiles_are_kept_and_read_again(tmp_path: Path) -> None:
    environment = {"EXCHANGE_HOME": str(tmp_path)}
    first = Profile("main", tmp_path, "https://e.example", "cli_1", secret_file=tmp_path / 'a "quoted" name')
    second = Profile(
        "night.shift", tmp_path, "https://f.example", "lantern-cli", issuer="https://g.example", person=True
    )
    settings.keep(first)
    settings.keep(second)
    assert stat.S_IMODE((tmp_path / settings.FILE).stat().st_mode) == 0o600
    assert settings.profile(environment=environment) == first
    assert settings.profile("night.shift", environment) == second
    assert settings.profile(environment=environment | {"EXCHANGE_PROFILE": "night.shift"}) == second
    settings.forget(first)
    with pytest.raises(Misconfigured, match="lantern login"):
        settings.profile("main", environment)
    assert settings.profile("night.shift", environment) == second


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("this is no TOML", "cannot be read"),
        ("profiles = 3", "tables"),
        ("[profiles]\nmain = 3", "tables"),
        ('[profiles.main]\nsecret = "lxs_1"', "no secret"),
        ("[profiles.main]\nurl = 3", "url has to be a text"),
        ('[profiles.main]\nperson = "yes"', "person has to be true or false"),
        ('default = "../elsewhere"', "name of a profile"),
    ],
)
def test_a_file_that_says_something_odd_is_told(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(Misconfigured, match=told) as refused:
        settings.profile(environment=configured(tmp_path, text))
    assert "lxs_1" not in str(refused.value)


@pytest.mark.parametrize("name", ["..", ".", "../x", "a/b", "", " ", "x" * 65, "config.toml", "-\n"])
def test_a_profile_is_no_path(tmp_path: Path, name: str) -> None:
    environment = {"EXCHANGE_HOME": str(tmp_path), "EXCHANGE_PROFILE": name or "/"}
    with pytest.raises(Misconfigured, match="name of a profile"):
        settings.profile(environment=ENVIRONMENT | environment)


def test_an_address_that_is_not_the_profiles_is_asked_by_nobody(tmp_path: Path) -> None:
    environment = configured(tmp_path, '[profiles.main]\nurl = "https://e.example"\nclient = "cli_1"\n')
    with pytest.raises(Misconfigured, match="EXCHANGE_CLIENT"):
        settings.profile(environment=environment | {"EXCHANGE_URL": "https://elsewhere.example"})


def test_what_is_written_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    file = tmp_path / "file"
    private_files.write(file, "before")
    with pytest.raises(UnicodeEncodeError), private_files.replacing(file) as written:
        written.write("half, then what no file can hold: \ud800")
    assert (file.read_text(), os.listdir(tmp_path)) == ("before", ["file"])


def test_a_lock_is_one_processes_at_a_time(tmp_path: Path) -> None:
    lock = tmp_path / "x.lock"
    first = private_files.try_locked(lock)
    assert first is not None
    with first:
        assert private_files.try_locked(lock) is None
    with private_files.locked(lock):
        assert private_files.try_locked(lock) is None


def test_what_is_above_the_state_is_for_nobody_else_either(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        private_files.directory(tmp_path / "a" / "b" / "main")
    finally:
        os.umask(before)
    for made in ("a", "a/b", "a/b/main"):
        assert stat.S_IMODE((tmp_path / made).stat().st_mode) == 0o700


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(NotReady, match="cannot be made"):
            private_files.directory(place)
    with pytest.raises(Misconfigured, match="No space"), private_files.replacing(tmp_path / "new"):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert [one.name for one in tmp_path.iterdir()] == ["file"]
