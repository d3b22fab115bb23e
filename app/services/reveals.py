"""Reveals: person-level values in clear, each with a record that the contributors can read (R13)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import NotFound
from app.rules import texts
from app.rules.actor import Actor
from app.rules.keyring import Keyring
from app.rules.reveals import Purpose
from app.rules.scopes import Scope
from app.rules.sealing import opened, seal
from app.services.lists import Finder
from app.store import access_records, cases, signals
from app.store.signals import SeenSignal
from app.store.tables.record import AccessRecordContributorRow, AccessRecordRow

# Signals of one call, and characters of the purpose in words (R13).
MAX_SIGNALS = 100
MIN_PURPOSE_LENGTH = 10
MAX_PURPOSE_LENGTH = 500


@dataclass(frozen=True, slots=True)
class Reason:
    """Why values are to be shown."""

    purpose: Purpose
    text: str
    case_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Revealed:
    """A value in clear, and the record that says so."""

    signal: SeenSignal
    value: str
    record: AccessRecordRow


async def reveal(
    session: AsyncSession, actor: Actor, keyring: Keyring, signal_ids: Sequence[UUID], reason: Reason
) -> list[Revealed | None]:
    """The clear values, in the order asked, with an access record each; null for what the actor does not see.

    Raises: Forbidden, InvalidInput (purpose), NotFound (case).
    """
    actor.to_write(Scope.SIGNALS_REVEAL)
    text = texts.checked(reason.text, "purposeText", max_length=MAX_PURPOSE_LENGTH, min_length=MIN_PURPOSE_LENGTH)
    reason = replace(reason, text=text)
    if reason.case_id is not None and not await cases.by_ids(session, actor, [reason.case_id]):
        raise NotFound("case", field="caseId")
    seen = await signals.by_ids(session, actor, signal_ids)
    revealed = {id: _revealed(signal, actor, keyring, reason) for id, signal in seen.items()}
    readers = [reader for shown in revealed.values() for reader in _readers(actor, shown)]
    await access_records.add(session, [shown.record for shown in revealed.values()], readers)
    return [revealed.get(id) for id in signal_ids]


def _revealed(seen: SeenSignal, actor: Actor, keyring: Keyring, reason: Reason) -> Revealed:
    id = uuid4()
    record = AccessRecordRow(
        id=id,
        created_at=actor.as_of,
        signal_id=seen.row.id,
        reader_id=actor.participant_id,
        client_id=actor.client_id,
        person_id=actor.person_id,
        purpose=reason.purpose,
        sealed_purpose_text=seal(keyring, reason.text, id),
        case_id=reason.case_id,
    )
    return Revealed(seen, opened(keyring, seen.row.sealed_value, seen.row.id), record)


def _readers(actor: Actor, shown: Revealed) -> list[AccessRecordContributorRow]:
    """The other contributors that the actor saw; one that it did not see would learn that somebody else contributes."""
    others = {row.participant_id for row in shown.signal.contributions} - {actor.participant_id}
    return [
        AccessRecordContributorRow(
            record_id=shown.record.id,
            contributor_id=other,
            reader_id=actor.participant_id,
            created_at=actor.as_of,
        )
        for other in others
    ]


# Who revealed what the actor contributes, newest first.
of_own_signals = Finder(Scope.AUDIT_READ, access_records.of_contributor)
