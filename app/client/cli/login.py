"""`lantern login` and `lantern logout`: how this machine comes to ask in somebody's name, and stops to."""

import sys
import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from .. import addresses, loopback, operations, private_files, settings, signing_in, vault
from ..answers import Viewer
from ..authority import Authority, ClientKey, ClientSecret
from ..conversation import Patience
from ..errors import Misconfigured, NotSignedIn
from ..exchange import Exchange
from ..settings import Profile
from .session import Session

Url = Annotated[
    str | None,
    typer.Option(
        envvar=settings.URL, help="Where the exchange is, like https://exchange.example; as last time if unsaid."
    ),
]
Issuer = Annotated[
    str | None, typer.Option(envvar=settings.ISSUER, help="What the exchange calls itself, if not by that address.")
]
ClientId = Annotated[str | None, typer.Option(help="A program that asks by itself, rather than a person.")]
SecretFile = Annotated[
    Path | None, typer.Option(help="Where its secret is; without it, the secret is asked for, or read from a pipe.")
]
KeyFile = Annotated[Path | None, typer.Option(help="Where its private JSON Web Key is, which then stays there.")]
Public = Annotated[
    str | None,
    typer.Option("--client", help="The public program in which a person signs in; the exchange's own if unsaid."),
]
Browser = Annotated[bool, typer.Option(help="Open a browser, rather than only print where to go.")]
Port = Annotated[int, typer.Option(help="To which port of this machine the browser comes back; 0: any.")]


def login(
    context: typer.Context,
    url: Url = None,
    issuer: Issuer = None,
    client_id: ClientId = None,
    secret_file: SecretFile = None,
    key_file: KeyFile = None,
    client: Public = None,
    browser: Browser = True,
    port: Port = 0,
) -> None:
    """Sign in, in the browser; or with --client-id let a program ask by itself."""
    session = Session.of(context)
    name = settings.chosen_name(session.profile_name)
    before = settings.kept(name) if url is None else None
    if url is None and before is None:
        raise Misconfigured("Say with --url where the exchange is.")
    asks = Profile(
        name=name,
        home=settings.home(),
        url=addresses.checked(before.url if before else url or ""),
        client_id=client_id or client or (before.client_id if before and before.person else signing_in.COMMAND_LINE),
        issuer=issuer or (before.issuer if before else None),
        secret_file=secret_file and secret_file.absolute(),
        key_file=key_file and key_file.absolute(),
        person=client_id is None,
    )
    if asks.person and (secret_file or key_file):
        raise Misconfigured("A secret or a key is of a program: say with --client-id of which.")
    found = _sign_in(session, asks, browser, port) if asks.person else _let_ask(session, asks)
    settings.keep(asks)
    who = found["person"]["name"] if found["person"] else asks.client_id
    session.output.note(f"{asks.url} takes you for {who}. The profile `{asks.name}` is in {asks.home / settings.FILE}.")


def logout(context: typer.Context) -> None:
    """End the sign-in, and forget the secret and the profile; the replica and the outbox stay."""
    session = Session.of(context)
    profile = settings.kept(settings.chosen_name(session.profile_name))
    if profile is None:
        raise Misconfigured("There is no such profile here to forget.")
    kept = profile.vault()
    with kept.lock():
        token = kept.read(vault.REFRESH_TOKEN) if profile.person else None
        for name in vault.CREDENTIALS:
            kept.forget(name)
        settings.forget(profile)
    session.output.note(
        f"The profile `{profile.name}` is forgotten. What it collected stays in {profile.state}, until you delete that."
    )
    if token is not None:
        signing_in.revoke(addresses.checked(profile.url), profile.client_id, token)


def _sign_in(session: Session, asks: Profile, browser: bool, port: int) -> Viewer:
    with loopback.listening(port) as listener:
        attempt = signing_in.Attempt(asks.client_id, listener.redirect_uri, asks.issuer or asks.url)
        address = attempt.address(asks.url)
        session.output.note("Sign in with a browser on this machine, at:")
        session.output.note(address)
        if browser:
            webbrowser.open(address)
        authority = attempt.authority(listener.wait(attempt.is_answered_by))
    # A code is good once.
    found = _viewer(asks, authority, Patience(attempts=1))
    if authority.refresh_token is None:
        raise NotSignedIn("The exchange gave no token to go on with.")
    _keep(session, asks, vault.REFRESH_TOKEN, authority.refresh_token)
    return found


def _let_ask(session: Session, asks: Profile) -> Viewer:
    """A file stays where it is, and is read again each time."""
    if asks.key_file is not None:
        return _viewer(asks, ClientKey.read(asks.client_id, private_files.read_secret(asks.key_file)))
    if asks.secret_file is not None:
        return _viewer(asks, ClientSecret(asks.client_id, private_files.read_secret(asks.secret_file)))
    hidden = sys.stdin.isatty()
    secret = typer.prompt("Secret", hide_input=True, err=True) if hidden else sys.stdin.readline().strip()
    found = _viewer(asks, ClientSecret(asks.client_id, secret))
    _keep(session, asks, vault.CLIENT_SECRET, secret)
    return found


def _viewer(asks: Profile, authority: Authority, patience: Patience | None = None) -> Viewer:
    """So nothing is kept that is not good."""
    with Exchange(asks.url, authority, patience=patience, issuer=asks.issuer) as exchange:
        return exchange.ask(operations.viewer())


def _keep(session: Session, asks: Profile, name: str, secret: str) -> None:
    kept = asks.vault()
    with kept.lock():
        for other in vault.CREDENTIALS:
            kept.forget(other)
        kept.keep(name, secret)
    session.output.note(f"What lets it ask is kept in {kept.place}.")
