"""`lantern status`: who the exchange takes this client for, and how far the local state is."""

import typer

from .. import operations
from .session import Session


def status(context: typer.Context) -> None:
    """Show who you are to the exchange, and what you may do there."""
    session = Session.of(context)
    with session.exchange() as exchange:
        found = exchange.ask(operations.viewer())
        if "participants:read" in found["scopes"]:
            found = exchange.ask(operations.viewer(participant=True))
    participant = found.get("participant")
    session.output.record(
        {
            "exchange": session.profile.url,
            "profile": session.profile.name,
            "client": found["clientId"],
            "participant": participant and participant["slug"],
            "standing": participant and participant["status"],
            "person": found["person"] and found["person"]["name"],
            "scopes": found["scopes"],
        }
    )
