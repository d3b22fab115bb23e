"""`lantern keys`: the match keys with which the tags of your own users' values are computed."""

import getpass
import sys
from pathlib import Path
from typing import Annotated

import typer

from .. import operations, private_files, vault
from ..errors import Misconfigured, NotReady
from ..replica.keys import key_bytes
from . import server_keys
from .session import Session

app = typer.Typer(name="keys", help="Match keys, to compute the tags of your own values.", no_args_is_help=True)
app.command("rotate")(server_keys.rotate)


@app.command()
def issue(context: typer.Context) -> None:
    """Get a new match key and keep it on this machine; of those before, only the last stays good."""
    session = Session.of(context)
    kept = session.profile.vault()
    # The exchange shows a key once: so a key ring that is locked must show before.
    kept.read(vault.match_key(0))
    with session.exchange() as exchange:
        issued = exchange.ask(operations.issue_match_key())
    kept.keep(vault.match_key(issued["epoch"]), issued["key"])
    session.output.record({"epoch": issued["epoch"], "normaliserVersion": issued["normaliserVersion"]})
    told = f"{issued['epoch']} --file FILE"
    session.output.note(
        f"Run `lantern sync` now. For another machine: `lantern keys write {told}` here, `keys add {told}` there."
    )


@app.command()
def add(
    context: typer.Context,
    epoch: Annotated[int, typer.Argument(min=1, help="The number of the key.")],
    file: Annotated[Path | None, typer.Option(help="A file of mode 0600 with the key; else it is asked.")] = None,
) -> None:
    """Keep a match key that was issued elsewhere."""
    session = Session.of(context)
    if file is None:
        key = getpass.getpass(f"Match key {epoch}: ") if sys.stdin.isatty() else sys.stdin.readline()
    else:
        key = private_files.read_secret(file)
    try:
        key_bytes(key.strip())
    except ValueError:
        raise Misconfigured("This is no match key: 32 bytes in base64url are expected, as it was issued.") from None
    session.profile.vault().keep(vault.match_key(epoch), key.strip())
    session.output.record({"epoch": epoch})


@app.command()
def write(
    context: typer.Context,
    epoch: Annotated[int, typer.Argument(min=1, help="The number of the key.")],
    file: Annotated[Path, typer.Option(help="For nobody else to read; delete it once the key is where it should be.")],
) -> None:
    """Write a match key to a file, to bring it to another machine."""
    session = Session.of(context)
    key = session.profile.match_key(epoch)
    if key is None:
        raise NotReady(f"Match key {epoch} is not on this machine: `lantern keys list` shows which are.")
    private_files.write(file, f"{key}\n")
    session.output.note(f"Match key {epoch} is in {file}.")


@app.command("list")
def list_(context: typer.Context) -> None:
    """Show which match keys are good, and which of them are on this machine. Keys themselves are never shown."""
    session = Session.of(context)
    kept = session.profile.vault()
    with session.exchange() as exchange:
        newest = exchange.ask(operations.match_key_epoch())
    epochs = [epoch for epoch in (newest, newest - 1) if epoch > 0] if newest is not None else []
    rows = ({"epoch": epoch, "on_this_machine": kept.read(vault.match_key(epoch)) is not None} for epoch in epochs)
    session.output.rows(("epoch", "on_this_machine"), rows)
