"""The command line starts light: what a command needs is loaded when it is called."""

import subprocess
import sys

from app.client.cli.commands import COMMANDS
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
