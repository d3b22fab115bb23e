"""What is installed is locked, and what is deployed fits the program."""

import os
import re
import subprocess

import pytest

from app.config import CHECKOUT, PREFIX, Settings
from app.store import server_options

# Each with the least number of its packages.
LOCKS = {"scripts/requirements.txt": 50, "scripts/requirements-dev.txt": 50, "scripts/requirements-node.txt": 1}
RUNS, TESTED, _ = LOCKS
SCRIPTS = (
    ".ci/run",
    "scripts/check",
    "scripts/lantern",
    "scripts/lock",
    "scripts/run",
    "scripts/schema",
    "scripts/test",
)


def text(path: str) -> str:
    return (CHECKOUT / path).read_text()


def locked(path: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", text(path), re.MULTILINE))


@pytest.mark.parametrize("path", LOCKS)
def test_a_lock_has_hashes_for_every_package_and_no_address(path: str) -> None:
    entries = re.split(r"\n(?=\S)", text(path).strip())
    assert len(entries) == len(locked(path)) >= LOCKS[path]
    assert all("--hash=sha256:" in entry for entry in entries)
    assert "://" not in text(path)


def test_what_runs_is_what_was_tested() -> None:
    assert locked(RUNS).items() <= locked(TESTED).items()


@pytest.mark.parametrize("path", SCRIPTS)
def test_a_script_can_be_run(path: str) -> None:
    assert os.access(CHECKOUT / path, os.X_OK)
    assert subprocess.run(["bash", "-n", CHECKOUT / path], check=False).returncode == 0


@pytest.mark.parametrize("path", ["docker/Dockerfile", "docker/compose.yaml"])
def test_a_container_is_given_only_settings_that_exist(path: str) -> None:
    known = {(PREFIX + name).upper() for name in Settings.model_fields}
    assert set(re.findall(rf"\b{PREFIX}[A-Z_]+\b", text(path))) <= known


def test_the_image_installs_by_hash_and_does_not_run_as_root() -> None:
    assert "--require-hashes --requirement /requirements.txt" in text("docker/Dockerfile")
    assert re.findall(r"^USER (\w+)$", text("docker/Dockerfile"), re.MULTILINE) == ["lantern"]


def test_the_proxy_before_a_container_is_believed_and_nobody_else() -> None:
    compose = text("docker/compose.yaml")
    trusted = re.findall(r"FORWARDED_ALLOW_IPS:-([^}]*)\}", compose)
    assert trusted == re.findall(r"gateway: ([\d.]+)", compose)
    assert len(trusted) == 1


def test_the_database_in_a_container_logs_as_little_as_the_embedded_one() -> None:
    told = dict(re.findall(r"^ +- -c(\w+)=(\S+)$", text("docker/compose.yaml"), re.MULTILINE))
    always_off = ("log_checkpoints", "log_autovacuum_min_duration")  # They tell of tables, not of clients.
    assert {
        name: value for name, value in server_options.QUIET.items() if name not in always_off
    }.items() <= told.items()


def test_secrets_are_files_that_are_never_committed() -> None:
    compose = text("docker/compose.yaml")
    named = set(re.findall(r"^  (\w+): \{file: \./secrets/(\w+)\}$", compose, re.MULTILINE))
    used = {name for listed in re.findall(r"secrets: \[(.*)\]", compose) for name in listed.split(", ")}
    assert {name for name, _ in named} == used
    assert all(name == file for name, file in named)
    assert "/docker/secrets/" in text(".gitignore").splitlines()
