"""`lantern`: puts the commands together, and says how each ends."""

import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from ..errors import ClientError
from . import exits, importing, status
from .session import Session

app = typer.Typer(
    name="lantern",
    help="A participant's side of a Lantern exchange: share signals, match, keep a replica, report what came of it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command("status")(status.status)
app.command("import")(importing.import_files)


@app.callback()
def options(
    context: typer.Context,
    profile: Annotated[str | None, typer.Option(help="Which profile of the configuration to use.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, one object on each line.")] = False,
) -> None:
    context.obj = Session(profile, as_json)


def run() -> None:
    """The entry point. A `ClientError` is told in one line; its code says what kind it is."""
    try:
        app()
    except ClientError as error:
        Console(stderr=True, highlight=False).print(f"[red]{escape(str(error))}")
        sys.exit(exits.of_error(error))


if __name__ == "__main__":
    run()
