"""`lantern keys rotate`: for whoever runs an exchange on this machine, new keys of its own by its own program."""

import os
import subprocess
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ..errors import Misconfigured
from . import exits


class What(StrEnum):
    ENCRYPTION = "encryption"
    TAGS = "tags"
    NORMALISER = "normaliser"


def rotate(
    what: Annotated[What, typer.Argument(help="Which keys; or the normal forms of a newer program.")],
    server: Annotated[Path, typer.Option(help="The checkout from which the exchange runs, on this machine.")],
    retire: Annotated[bool, typer.Option(help="Instead take keys that nothing uses out of the key file.")] = False,
) -> None:
    """Take newer keys of the exchange into use while it serves; they never leave its machine."""
    program = server / "scripts" / "run"
    if not os.access(program, os.X_OK):
        raise Misconfigured(f"{server} is no checkout of the exchange: there is no scripts/run.")
    # What lets a client ask is none of the server's business.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("EXCHANGE_")}
    command = [str(program.absolute()), "rotate", what.value, *(["--retire"] if retire else [])]
    done = subprocess.run(command, cwd=server, env=kept, check=False)  # noqa: S603 - the operator's own program
    if done.returncode:
        raise typer.Exit(exits.REFUSED)
