"""The client installs alone: with what it lists itself, without the exchange and what that runs on."""

import json
import re
import tomllib
from pathlib import Path

import pytest

from scripts.exchange_client import Exchange as Running
from tests.client.installed import ROOT, run

# Imports every module of the package; what an extra brings is told apart.
_IMPORT_ALL = """
import importlib, json, pkgutil, sys
import lantern_exchange
names = [module.name for module in pkgutil.walk_packages(lantern_exchange.__path__, "lantern_exchange.")]
failed = {}
for name in names:
    try:
        importlib.import_module(name)
    except ImportError as error:
        failed[name] = error.name
print(json.dumps({"names": names, "failed": failed, "loaded": sorted(sys.modules)}))
"""


def listed(requirements: list[object]) -> set[str]:
    """The names of packages, without versions and extras."""
    return {re.split(r"[^A-Za-z0-9-]", text)[0].lower() for text in requirements if isinstance(text, str)}


@pytest.fixture(scope="module")
def project() -> dict[str, dict[str, list[object]]]:
    said: dict[str, dict[str, list[object]]] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    return said


def test_the_command_runs(installed: Path) -> None:
    assert re.fullmatch(r"lantern \d+\.\d+\.\d+\n", run(installed, "lantern", "--version").stdout)
    assert "lantern" in run(installed, "lantern", "--help").stdout


def test_the_command_asks_an_exchange_and_keeps_a_replica(installed: Path, running: Running, tmp_path: Path) -> None:
    credentials = running.clients["cedar"]
    environment = {
        "EXCHANGE_HOME": str(tmp_path),
        "EXCHANGE_URL": running.url,
        "EXCHANGE_CLIENT": credentials.client_id,
        "EXCHANGE_SECRET": credentials.secret,
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
    }
    run(installed, "lantern", "sync", **environment)
    found = json.loads(run(installed, "lantern", "--json", "status", **environment).stdout)
    assert (found["participant"], found["replica"]["complete"]) == ("cedar", True)


def test_the_client_is_imported_under_the_name_of_the_package(installed: Path) -> None:
    run(installed, "python", "-c", "from lantern_exchange.client import AsyncExchange, Exchange")


def test_no_package_of_the_server_comes_along(installed: Path, project: dict[str, dict[str, list[object]]]) -> None:
    found = json.loads(run(installed, "python", "-m", "pip", "list", "--format", "json").stdout)
    there = {package["name"].lower() for package in found}
    ours = listed(project["project"]["dependencies"])
    servers = listed(project["dependency-groups"]["server"]) - ours
    assert ours <= there
    assert {"starlette", "strawberry-graphql", "sqlalchemy", "asyncpg", "uvicorn", "authlib"} <= servers
    assert not servers & there


def test_every_module_imports_and_none_asks_for_the_checkout(installed: Path) -> None:
    told = json.loads(run(installed, "python", "-c", _IMPORT_ALL).stdout)
    assert {"lantern_exchange.client.exchange", "lantern_exchange.rules.normal_forms"} <= set(told["names"])
    missing = {name: what for name, what in told["failed"].items() if what != "threatexchange"}
    assert not missing
    assert not [name for name in told["loaded"] if name.split(".")[0] in {"app", "strawberry", "sqlalchemy"}]


def test_the_shell_completes(installed: Path) -> None:
    shown = run(installed, "lantern", "--show-completion", "bash", _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1")
    assert "_LANTERN_COMPLETE=complete_bash" in shown.stdout
