"""`lantern`: puts the commands together, and says how each ends."""

import sys
import traceback
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from ..errors import ClientError
from . import commands, exits
from .commands import Commands
from .output import printable
from .session import Session

app = typer.Typer(
    cls=Commands,
    name="lantern",
    help="A participant's side of a Lantern exchange: share signals, match, keep a replica, report what came of it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
commands.stand_in(app)


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
        app(_json_first(sys.argv[1:]), prog_name="lantern")
    except ClientError as error:
        Console(stderr=True, highlight=False, soft_wrap=True).print(f"[red]{escape(printable(str(error)))}")
        sys.exit(exits.of_error(error))
    except Exception as error:  # ours; its words are not told, as they could hold values
        place = "".join(traceback.format_tb(error.__traceback__))
        sys.stderr.write(
            f"{place}{type(error).__name__}: a fault of this program or of its answers; no value is in here.\n"
        )
        sys.exit(exits.FAULT)


def _json_first(arguments: list[str]) -> list[str]:
    """`--json` is of every command, so it may stand wherever people write it."""
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    others = [one for one in options if one != "--json"]
    return ["--json"] * (len(others) < len(options)) + others + arguments[len(options) :]


if __name__ == "__main__":
    run()
