"""`lantern person`: for operators and administrators, the people who sign in."""

from pathlib import Path
from typing import Annotated

import typer

from ..vocabulary import ENUMS
from . import operating
from .session import Session

app = typer.Typer(help="People who sign in: invite them, and shut them out.")

ROLES = ENUMS["Role"]
COLUMNS = ("id", "name", "email", "roles", "participant", "passwordSetAt", "disabledAt")

Person = Annotated[str, typer.Argument(metavar="PERSON", help="The id of the person.")]
Whose = Annotated[str | None, typer.Option(help="Of this participant: slug or id.")]
Link = Annotated[Path | None, typer.Option("--link-file", help="Write the link there, for nobody else to read.")]


@app.command("list")
def list_(context: typer.Context, participant: Whose = None) -> None:
    """List them, the oldest first."""
    operating.show_all_of(Session.of(context), "people", COLUMNS, participant)


@app.command()
def invite(
    context: typer.Context,
    email: Annotated[str, typer.Argument(help="The address by which the person signs in; nothing is sent there.")],
    name: Annotated[str, typer.Argument(help="What colleagues call the person.")],
    roles: Annotated[list[str], typer.Option("--role", help=f"Once for each: {', '.join(ROLES)}.")],
    participant: Whose = None,
    link_file: Link = None,
) -> None:
    """Let a person choose a password at a link, once, which you hand over by a way that you trust."""
    session = Session.of(context)
    given = {} if participant is None else {"participantId": operating.id_of(session, participant)}
    operating.show_once(session, "invite_person", "link", link_file, email=email, name=name, roles=roles, **given)


@app.command()
def reset_password(context: typer.Context, person: Person, link_file: Link = None) -> None:
    """Give a person a new link; password, sessions and tokens end at once."""
    operating.show_once(Session.of(context), "reset_person_password", "link", link_file, personId=person)


@app.command()
def disable(context: typer.Context, person: Person) -> None:
    """Shut a person out, at once and for good."""
    operating.show(Session.of(context), "disable_person", personId=person)
