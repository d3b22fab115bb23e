"""The command line starts light, and tells what went wrong without a value; what it prints steers no terminal."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from app.client import settings
from app.client.cli import exits
from app.client.cli.commands import COMMANDS
from app.client.cli.output import Output
from tests.client.command_line import CommandLine
from tests.client.installed import ROOT

# What takes long to load, and only some commands need.
HEAVY = {
    "numpy",
    "stix2",
    "phonenumbers",
    "schwifty",
    "ijson",
    "tldextract",
    "confusable_homoglyphs",
    "email_validator",
}


CANARY = "canary@mail.example"


def loaded_by(*arguments: str) -> set[str]:
    program = (
        f"import sys; sys.argv = {['lantern', *arguments]!r}\ntry:\n    from app.client.cli import main; main.run()\n"
    )
    program += "finally:\n    print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stderr.split())


def test_nothing_heavy_is_loaded_to_list_the_commands() -> None:
    loaded = loaded_by("--help")
    assert not loaded & HEAVY
    assert not {name for name in loaded if name.startswith(("app.client.replica", "app.client.importing"))}
    assert "app.client.cli.login" not in loaded


def test_what_a_command_needs_is_loaded_with_it() -> None:
    assert "numpy" in loaded_by("match", "--help")
    assert not loaded_by("login", "--help") & HEAVY


def test_each_command_of_the_list_is_there() -> None:
    listed = subprocess.run(
        [sys.executable, "-m", "app.client.cli.main", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert all(f"│ {name} " in listed.stdout for name in COMMANDS)


def test_a_fault_has_a_code_of_its_own_and_shows_no_value(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ValueError(CANARY)

    monkeypatch.setattr(settings, "profile", broken)
    ended = CommandLine(tmp_path).run("status", code=exits.FAULT)
    assert "ValueError" in ended.stderr
    assert CANARY not in ended.stderr + ended.stdout


@pytest.mark.parametrize("as_json", [True, False])
def test_nothing_that_is_printed_steers_a_terminal(as_json: bool, capsys: pytest.CaptureFixture[str]) -> None:
    steering = "\x1b]0;a\x07 \x9b2J \u202e \x7f \ud800 \N{GRINNING FACE}"
    output = Output.of(as_json)
    output.record({"name": steering})
    output.rows(["name"], [{"name": steering}])
    printed = capsys.readouterr().out
    assert printed.replace("\n", "").isprintable()
    if as_json:
        assert [json.loads(line) for line in printed.splitlines()] == [{"name": steering}] * 2


def test_json_may_stand_before_or_after_a_command(tmp_path: Path) -> None:
    said = [CommandLine(tmp_path).run(*words, code=2).stderr for words in (["--json", "status"], ["status", "--json"])]
    assert said[0] == said[1]
    assert "EXCHANGE_URL" in said[0]
    # Behind the mark it is a file of that name.
    assert "--json" in CommandLine(tmp_path).run("import", "--", "--json", code=2).stderr
