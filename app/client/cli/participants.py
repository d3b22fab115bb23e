"""`lantern participant`: for operators, who takes part and in which groups."""

from typing import Annotated

import typer

from ..vocabulary import ParticipantClass, ParticipantStatus
from . import operating
from .session import Session

app = typer.Typer(help="For operators: admit participants, change their standing and their groups.")
groups = typer.Typer(help="Sharing groups, by their ids.")
app.add_typer(groups, name="group")

COLUMNS = ("slug", "name", "participantClass", "status", "groups", "id")

Named = Annotated[str, typer.Argument(metavar="PARTICIPANT", help="Its slug, or its id.")]
Several = Annotated[list[str], typer.Argument(metavar="PARTICIPANT…", help="Their slugs, or their ids.")]
Slug = Annotated[str, typer.Argument(help="Short name, which stays: lower-case letters, digits and hyphens.")]
Name = Annotated[str, typer.Argument(help="What people call it.")]
Group = Annotated[str, typer.Argument(metavar="GROUP", help="The id of the group.")]


@app.command("list")
def list_(
    context: typer.Context,
    status: Annotated[ParticipantStatus | None, typer.Option(help="Only those of this standing.")] = None,
) -> None:
    """List those that you see."""
    given = {} if status is None else {"filter": {"status": status}}
    operating.show_all(Session.of(context), "participants", COLUMNS, **given)


@app.command()
def show(context: typer.Context, participant: Named) -> None:
    """Show one."""
    session = Session.of(context)
    with session.exchange() as exchange:
        session.output.record(operating.flat(operating.participant(exchange, participant)))


@app.command()
def admit(
    context: typer.Context,
    slug: Slug,
    name: Name,
    participant_class: Annotated[ParticipantClass, typer.Option("--class", help="What it may do.")],
) -> None:
    """Let a company apply; `status` leads it to ACTIVE step by step."""
    operating.show(Session.of(context), "admit_participant", slug=slug, name=name, participantClass=participant_class)


@app.command()
def status(context: typer.Context, participant: Named, status: Annotated[ParticipantStatus, typer.Argument()]) -> None:
    """Change its standing."""
    session = Session.of(context)
    operating.show(
        session, "change_participant_status", participantId=operating.id_of(session, participant), status=status
    )


@app.command()
def quarantine(
    context: typer.Context,
    participant: Named,
    on: Annotated[bool, typer.Option("--on/--off", help="Hold its uploads back, or let them out as they come.")] = True,
) -> None:
    """Hold what it uploads until the operator has looked at it."""
    session = Session.of(context)
    operating.show(session, "set_quarantine", participantId=operating.id_of(session, participant), quarantines=on)


@groups.command()
def create(context: typer.Context, slug: Slug, name: Name) -> None:
    """Make a group without members."""
    operating.show(Session.of(context), "create_group", slug=slug, name=name)


@groups.command()
def add(context: typer.Context, group: Group, participants: Several) -> None:
    """Take participants in: they see what is shared with the group."""
    session = Session.of(context)
    ids = [operating.id_of(session, one) for one in participants]
    operating.show(session, "add_group_members", groupId=group, participantIds=ids)


@groups.command()
def remove(context: typer.Context, group: Group, participants: Several) -> None:
    """Take participants out: they lose sight of what is shared with the group."""
    session = Session.of(context)
    ids = [operating.id_of(session, one) for one in participants]
    operating.show(session, "remove_group_members", groupId=group, participantIds=ids)
