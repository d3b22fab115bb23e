"""`lantern`: puts the commands together, and says how each ends."""

import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from ..errors import ClientError
from . import (
    clients,
    exits,
    feedback,
    impact,
    importing,
    keys,
    login,
    matching,
    participants,
    people,
    reveal,
    server_keys,
    status,
    sync,
)
from .output import printable
from .session import Session

app = typer.Typer(
    name="lantern",
    help="A participant's side of a Lantern exchange: share signals, match, keep a replica, report what came of it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command("login")(login.login)
app.command("logout")(login.logout)
app.command("status")(status.status)
app.command("import")(importing.import_files)
app.command("sync")(sync.sync)
app.command("match")(matching.match)
app.command("reveal")(reveal.reveal)
app.command("impact")(impact.impact)
app.add_typer(feedback.app, name="feedback")
app.add_typer(keys.app, name="keys")
keys.app.command("rotate")(server_keys.rotate)
app.add_typer(participants.app, name="participant")
app.add_typer(clients.app, name="client")
app.add_typer(people.app, name="person")


def _version(wanted: bool) -> None:
    if wanted:
        try:
            typer.echo(f"lantern {version('lantern-exchange')}")
        except PackageNotFoundError:
            typer.echo("lantern, from a checkout")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    profile: Annotated[str | None, typer.Option(help="Which profile of the configuration to use.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, one object on each line.")] = False,
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version, then end.")
    ] = False,
) -> None:
    context.obj = Session(profile, as_json)


def run() -> None:
    """The entry point. A `ClientError` is told in one line; its code says what kind it is."""
    try:
        app(prog_name="lantern")
    except ClientError as error:
        Console(stderr=True, highlight=False, soft_wrap=True).print(f"[red]{escape(printable(str(error)))}")
        sys.exit(exits.of_error(error))


if __name__ == "__main__":
    run()
