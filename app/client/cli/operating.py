"""What the commands of operators have in common: whom they are about, and how a change is shown."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .. import operating, operations, private_files
from ..errors import Misconfigured
from ..exchange import Exchange
from ..operating import Change, Listed
from .session import Session

# How ids of participants begin; what does not is a slug.
_ID = "par_"


def participant(exchange: Exchange, named: str) -> dict[str, Any]:
    """By id or slug. Raises: Misconfigured if there is none."""
    given = {} if named.startswith(_ID) else {"filter": {"slug": named}}
    for one in operating.each(exchange, "participants", (), **given):
        if named in (one["id"], one["slug"]):
            return one
    raise Misconfigured(f"There is no participant {named}.")


def id_of(session: Session, named: str) -> str:
    """Of a participant. Raises: Misconfigured if there is none of this slug."""
    if named.startswith(_ID):
        return named
    with session.exchange() as exchange:
        return str(participant(exchange, named)["id"])


def show(session: Session, change: Change, /, **given: object) -> None:
    """Make a change and show what came of it."""
    with session.exchange() as exchange:
        found = exchange.ask(operating.change(change, **given))
    session.output.record(flat(found))


def show_once(session: Session, change: Change, secret: str, file: Path | None, /, **given: object) -> dict[str, Any]:
    """Make a change that answers with something that is told this once, called `secret`; it goes to the file if there
    is one, which is tried before. Says whole what was answered."""
    if file is not None:
        private_files.try_writing(file)
    with session.exchange() as exchange:
        found = exchange.ask(operating.change(change, **given))
    (row,) = (value for name, value in found.items() if name != secret)
    if file is None:
        session.output.record(flat(row) | {secret: found[secret]})
        session.output.note("This is shown once and never again.")
    else:
        private_files.write(file, f"{found[secret]}\n")
        session.output.record(flat(row))
        session.output.note(f"What is told once is in {file}.")
    return found


def show_all(session: Session, listed: Listed, columns: tuple[str, ...], /, **given: object) -> None:
    """A list, page by page."""
    with session.exchange() as exchange:
        scopes = exchange.ask(operations.viewer())["scopes"]
        session.output.rows(columns, map(flat, operating.each(exchange, listed, scopes, **given)))


def show_all_of(session: Session, listed: Listed, columns: tuple[str, ...], participant: str | None) -> None:
    """A list of one participant, or of all that may be seen."""
    if participant is None:
        return show_all(session, listed, columns)
    return show_all(session, listed, columns, participantId=id_of(session, participant))


def flat(found: Mapping[str, Any]) -> dict[str, Any]:
    """What has a slug is known by it."""
    return {
        name: [_short(one) for one in value] if isinstance(value, list) else _short(value)
        for name, value in found.items()
    }


def _short(value: Any) -> Any:
    return value["slug"] if isinstance(value, dict) and "slug" in value else value
