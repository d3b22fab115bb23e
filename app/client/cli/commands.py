"""The commands by name. What one needs is loaded when it is called: some need much, and most of a run not any of it."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any, Final, NamedTuple

import typer
from typer.core import TyperGroup
from typer.main import get_group


class Command(NamedTuple):
    """A function, or a `typer.Typer` with commands below it."""

    module: str
    attribute: str
    help: str


# The words are those of the list; each command has its own beside.
COMMANDS: Final[Mapping[str, Command]] = {
    "login": Command("login", "login", "Sign in by browser, or let a program ask by itself."),
    "logout": Command("login", "logout", "End the sign-in, and forget secret and profile."),
    "status": Command("status", "status", "Who you are to the exchange; how far replica and outbox are."),
    "import": Command("importing", "import_files", "Upload the signals of files, each once in effect."),
    "export": Command("exporting", "export", "Write what you may see to a file: STIX 2.1, CSV or JSON Lines."),
    "sync": Command("sync", "sync", "Keep a local replica of all that you may see."),
    "match": Command("matching", "match", "Find signals for your own values, online or in the replica."),
    "reveal": Command("reveal", "reveal", "Reveal values, which is recorded and told."),
    "feedback": Command("feedback", "app", "Report what came of signals, durably."),
    "impact": Command("impact", "impact", "What others reported about your signals."),
    "keys": Command("keys", "app", "Match keys; for whoever runs an exchange, its own keys."),
    "participant": Command("participants", "app", "For operators: who takes part."),
    "client": Command("clients", "app", "Programs that ask in a participant's name."),
    "person": Command("people", "app", "People who sign in."),
}


class Commands(TyperGroup):
    """Has a stand-in for each command, so that they can be listed."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and args[0] in COMMANDS:
            self.commands[args[0]] = loaded(args[0])
        return super().resolve_command(ctx, args)


def loaded(name: str) -> Any:
    """The command itself, as Typer makes it."""
    command = COMMANDS[name]
    found = getattr(import_module(f".{command.module}", __package__), command.attribute)
    around = typer.Typer()
    if isinstance(found, typer.Typer):
        around.add_typer(found, name=name)
    else:
        around.command(name)(found)
    return get_group(around).commands[name]


def stand_in(app: typer.Typer) -> None:
    """List all of them."""
    for name, command in COMMANDS.items():
        app.command(name, help=command.help)(_never)


def _never() -> None:
    raise AssertionError("a stand-in was called")
