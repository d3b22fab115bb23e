"""Secrets are in files for their owner's eyes, made once and never replaced."""

import os
from pathlib import Path

import pytest

from app.store import credentials, private_file
from app.store.key_file import load_keys, load_or_create_keys
from app.store.setup_error import SetupError


def test_the_first_run_makes_keys_that_every_later_one_reads(tmp_path: Path) -> None:
    path = tmp_path / "new" / "keys.json"
    made = load_or_create_keys(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert load_or_create_keys(path) == made


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666, 0o601])
def test_keys_that_others_can_open_are_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "keys.json"
    load_or_create_keys(path)
    path.chmod(mode)
    with pytest.raises(SetupError, match="chmod 600"):
        load_or_create_keys(path)


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"root": "hidden-word"}'])
def test_damaged_keys_are_refused_and_stay_as_they_are(tmp_path: Path, text: str) -> None:
    path = tmp_path / "keys.json"
    private_file.create(path, text)
    with pytest.raises(SetupError, match="damaged") as refusal:
        load_or_create_keys(path)
    assert "hidden-word" not in str(refusal.value)
    assert path.read_text() == text


def test_missing_keys_are_made_for_a_new_exchange_only(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="is missing"):
        load_keys(tmp_path / "keys.json")
    assert os.listdir(tmp_path) == []
    load_or_create_keys(tmp_path / "keys.json")
    load_keys(tmp_path / "keys.json")


@pytest.mark.parametrize("path", ["", "file/keys.json", "file/below/keys.json"])
def test_a_place_that_is_none_for_keys_is_told_by_its_setting(tmp_path: Path, path: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SetupError, match="LANTERN_KEY_FILE"):
        load_or_create_keys(tmp_path / path)


def test_of_two_that_make_the_file_the_first_wins(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    assert private_file.create(path, "first")
    assert not private_file.create(path, "second")
    assert private_file.read(path) == "first"
    assert os.listdir(tmp_path) == ["keys.json"]


def test_damaged_credentials_are_refused(tmp_path: Path) -> None:
    private_file.create(tmp_path / "credentials.json", '{"owner": 1}')
    with pytest.raises(SetupError, match="damaged"):
        credentials.load_or_create(tmp_path / "credentials.json")


def test_neither_keys_nor_passwords_show_when_printed(tmp_path: Path) -> None:
    passwords = credentials.load_or_create(tmp_path / "credentials.json")
    assert passwords.owner not in repr(passwords)
