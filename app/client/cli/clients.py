"""`lantern client`: for operators and administrators, the programs that ask in a participant's name."""

from pathlib import Path
from typing import Annotated, Any

import typer

from .. import vault
from ..public_keys import read_public_keys
from . import operating
from .session import Session

app = typer.Typer(help="Programs that ask in a participant's name: register them, change what they ask with.")

COLUMNS = ("id", "name", "participant", "authMethod", "confined", "registeredAt", "disabledAt")

Client = Annotated[str, typer.Argument(metavar="CLIENT", help="Its id.")]
Owner = Annotated[str, typer.Argument(metavar="PARTICIPANT", help="Whose it is: slug or id.")]
Name = Annotated[str, typer.Argument(help="What people call the program.")]
Scopes = Annotated[list[str], typer.Option("--scope", help="What it may do; once for each.")]
REDIRECT_URI = typer.Option("--redirect-uri", help="Where it gets people back who sign in; once for each.")
BackTo = Annotated[list[str] | None, REDIRECT_URI]
Confined = Annotated[bool, typer.Option("--confined", help="Let it send nothing but ids of trusted documents.")]
Dpop = Annotated[bool, typer.Option("--dpop", help="Give it only tokens that are bound to a key of its own.")]
Secret = Annotated[
    Path | None, typer.Option("--secret-file", help="Write the secret there, for nobody else to read, and show it not.")
]
Keys = Annotated[Path, typer.Argument(metavar="FILE", help="A JSON Web Key or a set; only public parts are sent.")]


@app.command("list")
def list_(
    context: typer.Context,
    participant: Annotated[str | None, typer.Option(help="Only of this one: slug or id.")] = None,
) -> None:
    """List them, the oldest first."""
    operating.show_all_of(Session.of(context), "clients", COLUMNS, participant)


@app.command()
def register(
    context: typer.Context,
    participant: Owner,
    name: Name,
    scopes: Scopes,
    secret_file: Secret = None,
    redirect_uris: BackTo = None,
    confined: Confined = False,
    dpop: Dpop = False,
) -> None:
    """Register a program with a secret, which is told this once."""
    session = Session.of(context)
    given = _given(session, participant, name, scopes, confined, dpop)
    operating.show_once(
        session, "register_client", "clientSecret", secret_file, redirectUris=redirect_uris or [], **given
    )


@app.command()
def register_key(
    context: typer.Context,
    participant: Owner,
    name: Name,
    keys: Keys,
    scopes: Scopes,
    redirect_uris: BackTo = None,
    confined: Confined = False,
    dpop: Dpop = False,
) -> None:
    """Register a program that signs with a key of its own, so that nobody keeps a secret of it."""
    session = Session.of(context)
    given = _given(session, participant, name, scopes, confined, dpop)
    public = read_public_keys(keys)
    operating.show(session, "register_key_client", publicKeys=public, redirectUris=redirect_uris or [], **given)


@app.command()
def register_public(
    context: typer.Context,
    participant: Owner,
    name: Name,
    scopes: Scopes,
    redirect_uris: Annotated[list[str], REDIRECT_URI],
    confined: Confined = False,
) -> None:
    """Register a program in which people sign in, and that keeps no secret."""
    session = Session.of(context)
    given = _given(session, participant, name, scopes, confined)
    operating.show(session, "register_public_client", redirectUris=redirect_uris, **given)


@app.command()
def rotate_secret(context: typer.Context, client: Client, secret_file: Secret = None) -> None:
    """Replace its secret at once. If it is this profile's own, the profile goes on with the new one."""
    session = Session.of(context)
    found = operating.show_once(session, "rotate_client_secret", "clientSecret", secret_file, clientId=client)
    profile = session.profile
    kept = profile.vault()
    if profile.from_file and client == profile.client_id and kept.read(vault.CLIENT_SECRET) is not None:
        kept.keep(vault.CLIENT_SECRET, found["clientSecret"])
        session.output.note(f"The profile `{profile.name}` goes on with it.")


@app.command()
def set_keys(context: typer.Context, client: Client, keys: Keys) -> None:
    """Replace its public keys at once; a secret that it had ends."""
    operating.show(Session.of(context), "set_client_keys", clientId=client, publicKeys=read_public_keys(keys))


@app.command()
def confine(
    context: typer.Context,
    client: Client,
    confined: Annotated[bool, typer.Option("--on/--off", help="Confine it, or free it.")] = True,
) -> None:
    """Let it send nothing but ids of trusted documents."""
    operating.show(Session.of(context), "confine_client", clientId=client, confined=confined)


@app.command()
def disable(context: typer.Context, client: Client) -> None:
    """Shut it out at once and for good."""
    operating.show(Session.of(context), "disable_client", clientId=client)


def _given(
    session: Session, participant: str, name: str, scopes: list[str], confined: bool, dpop: bool = False
) -> dict[str, Any]:
    more = {"requiresDpop": True} if dpop else {}
    owner = operating.id_of(session, participant)
    return {"participantId": owner, "name": name, "scopes": scopes, "confined": confined, **more}
