"""`lantern status`: who the exchange takes this client for, and how far the local state is."""

from collections.abc import Callable, Mapping
from typing import Any

import typer

from .. import viewer
from ..conversation import Patience
from ..errors import ClientError, NotReady
from ..outbox import outbox
from ..outbox.outbox import Outbox
from ..replica import contents, database
from ..settings import Profile
from .session import Session

# Whoever looks wants to know now, also that it does not answer.
PATIENCE = Patience(attempts=3, seconds=5.0)

Reporter = Callable[[Profile], Mapping[str, Any] | None]
"""What is there of one part of the local state; null if nothing is. It asks nobody, as the exchange may be away."""


def _replica(profile: Profile) -> Mapping[str, Any] | None:
    file = profile.state / database.FILE
    return contents.standing(file) if file.exists() else None


def _outbox(profile: Profile) -> Mapping[str, Any] | None:
    file = profile.state / outbox.FILE
    if not file.exists():
        return None
    with Outbox(file) as kept:
        return kept.standing().as_record()


# By the name under which it is shown.
REPORTERS: Mapping[str, Reporter] = {"replica": _replica, "outbox": _outbox}


def status(context: typer.Context) -> None:
    """Show who you are to the exchange, what you may do there, and how far the replica and the outbox are."""
    session = Session.of(context)
    profile = session.profile
    shown: dict[str, Any] = {"exchange": profile.url, "profile": profile.name, "client": profile.client_id}
    problem: ClientError | None = None
    try:
        shown |= _of_the_exchange(session)
    except ClientError as error:
        problem = error
    for name, report in REPORTERS.items():
        try:
            found = report(profile)
        except NotReady as error:
            problem = problem or error
            continue
        if found is not None:
            shown[name] = dict(found)
    session.output.record(shown)
    if problem is not None:
        raise problem


def _of_the_exchange(session: Session) -> Mapping[str, Any]:
    with session.exchange(PATIENCE) as exchange:
        found = viewer.of(exchange)
    participant, person = found.get("participant"), found["person"]
    return {
        "participant": participant and participant["slug"],
        "standing": participant and participant["status"],
        "person": person and person["name"],
        "scopes": found["scopes"],
    }
