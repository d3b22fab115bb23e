"""Cases: shared investigations, known to their members alone (R6).

What happens in a case stands in its own timeline and not in the audit trail, which the operator reads.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import NotFound
from app.rules import cases as rules
from app.rules import texts
from app.rules.actor import Actor
from app.rules.cases import CaseDisposition, CaseDraft, CaseEventKind, CaseStatus
from app.rules.keyring import Keyring
from app.rules.participants import ParticipantClass, ParticipantStatus
from app.rules.row_results import Rejection
from app.rules.scopes import Scope
from app.rules.sealing import seal, seal_optional
from app.services.idempotency import Call, once
from app.services.lists import Finder
from app.store import case_files, cases, participants, signals
from app.store.tables.case import CaseEventRow, CaseNoteRow, CaseRow


class CaseSignalOutcome(StrEnum):
    """What became of one signal that was to be added."""

    ADDED = "ADDED"
    ALREADY_THERE = "ALREADY_THERE"
    REJECTED = "REJECTED"


@dataclass(frozen=True, slots=True)
class SignalResult:
    """`signal_id` is null where the signal was rejected; `rejection` then says why."""

    outcome: CaseSignalOutcome
    signal_id: UUID | None = None
    rejection: Rejection | None = None


@dataclass(frozen=True, slots=True)
class NoteDraft:
    case_id: UUID
    text: str
    idempotency_key: str | None = None


# The cases that the actor is a member of, newest change first.
find = Finder(Scope.CASES_READ, cases.find)


async def open(
    session: AsyncSession, actor: Actor, keyring: Keyring, draft: CaseDraft, idempotency_key: str | None
) -> CaseRow:
    """Open a case with its first signals and members; the actor is one of them.

    Raises: Forbidden, InvalidInput, TooMany, NotFound (signal, participant), Conflict (a participant that cannot take
    part, the idempotency key).
    """
    actor.to_write(Scope.CASES_WRITE)
    if draft.member_ids:
        actor.require(Scope.CASES_SHARE)
    draft = rules.ready(draft)

    async def work() -> str:
        await _check_signals(session, actor, draft.signal_ids)
        await _check_invited(session, actor, draft.member_ids, "memberIds")
        row = await _add(session, actor, keyring, draft)
        return str(row.id)

    given = [draft.title, draft.summary, [*map(str, draft.signal_ids)], [*map(str, draft.member_ids)]]
    call = Call("openCase", idempotency_key, given)
    return await _seen(session, actor, UUID(await once(session, actor, keyring, call, work)))


async def invite(session: AsyncSession, actor: Actor, case_id: UUID, participant_id: UUID) -> CaseRow:
    """Let a participant into the case; one that is in stays so.

    Raises: Forbidden, NotFound (case, participant), Conflict (closed, or a participant that cannot take part).
    """
    actor.to_write(Scope.CASES_SHARE)
    row = await _lock_open(session, actor, case_id)
    await _check_invited(session, actor, [participant_id], "participantId")
    if await cases.add_members(session, actor, case_id, [participant_id]):
        await _tell(session, actor, row, CaseEventKind.MEMBER_INVITED, participant_id)
    return row


async def remove(session: AsyncSession, actor: Actor, case_id: UUID, participant_id: UUID) -> CaseRow | None:
    """Take from a member the sight of the case, at once; null if the actor itself has left.

    Raises: Forbidden, NotFound (case, member), Conflict (whoever opened it stays).
    """
    actor.to_write(Scope.CASES_WRITE)
    row = await _lock(session, actor, case_id)
    members = (await cases.members_of(session, actor, [case_id])).get(case_id, [])
    # A member that has left the exchange is no longer known by its id (R3); it sees nothing of the case anyway.
    known = await participants.by_ids(session, actor, [member.participant_id for member in members])
    if participant_id not in known:
        raise NotFound("member", field="participantId")
    rules.check_removal(row.opened_by, actor.participant_id, participant_id)
    # Told first: who has left can no longer write into the timeline.
    await _tell(session, actor, row, CaseEventKind.MEMBER_REMOVED, participant_id)
    await cases.remove_member(session, case_id, participant_id)
    return None if participant_id == actor.participant_id else row


async def add_signals(
    session: AsyncSession, actor: Actor, case_id: UUID, signal_ids: Sequence[UUID]
) -> tuple[CaseRow, list[SignalResult]]:
    """Put signals that the actor sees into the case; each has its own result, in the order given.

    Members that do not see a signal do not see that it was added, nor that anything changed.
    Raises: Forbidden, TooMany, NotFound (case), Conflict (closed).
    """
    actor.to_write(Scope.CASES_WRITE)
    rules.check_count(len(signal_ids), rules.MAX_ADDED_SIGNALS, "signals")
    row = await _lock_open(session, actor, case_id)
    wanted = list(dict.fromkeys(signal_ids))
    seen = await signals.ids_seen(session, actor, wanted)
    added = set(await case_files.add_signals(session, actor, case_id, [id for id in wanted if id in seen]))
    at = rules.next_moment(row.updated_at, actor.as_of)
    events = [_event(actor, row, at, CaseEventKind.SIGNAL_ADDED, id) for id in wanted if id in added]
    await case_files.add_events(session, events)
    return row, _results(signal_ids, seen, added)


async def add_note(session: AsyncSession, actor: Actor, keyring: Keyring, draft: NoteDraft) -> CaseNoteRow:
    """Write something for all members to read; a note stays as it is.

    Raises: Forbidden, InvalidInput (text), NotFound (case), Conflict (closed, the idempotency key).
    """
    actor.to_write(Scope.CASES_WRITE)
    text = texts.checked(draft.text, "text", max_length=rules.MAX_NOTE_LENGTH)

    async def work() -> str:
        row = await _lock_open(session, actor, draft.case_id)
        note_id = uuid4()
        note = CaseNoteRow(
            id=note_id,
            created_at=rules.next_moment(row.updated_at, actor.as_of),
            case_id=row.id,
            author_id=actor.participant_id,
            sealed_text=seal(keyring, text, note_id),
        )
        await case_files.add_note(session, note)
        await _tell(session, actor, row, CaseEventKind.NOTE_ADDED, note_id)
        return str(note_id)

    call = Call("addCaseNote", draft.idempotency_key, [str(draft.case_id), text])
    id = UUID(await once(session, actor, keyring, call, work))
    found = (await case_files.notes_by_ids(session, actor, [id])).get(id)
    if found is None:
        raise NotFound("case", field="caseId")
    return found


async def change_status(session: AsyncSession, actor: Actor, case_id: UUID, to: CaseStatus) -> CaseRow:
    """Say how far the investigation is; the state that it is in already changes nothing.

    Raises: Forbidden, NotFound, InvalidInput (`CLOSED`), Conflict (closed).
    """
    actor.to_write(Scope.CASES_WRITE)
    row = await _lock(session, actor, case_id)
    now = CaseStatus(row.status)
    rules.check_step(now, to)
    if to is not now:
        row.status = to
        await _tell(session, actor, row, CaseEventKind.STATUS_CHANGED)
    return row


async def close(session: AsyncSession, actor: Actor, case_id: UUID, disposition: CaseDisposition) -> CaseRow:
    """End the case; its members can still read it.

    Raises: Forbidden, NotFound, Conflict (closed).
    """
    actor.to_write(Scope.CASES_WRITE)
    row = await _lock_open(session, actor, case_id)
    row.status, row.disposition = CaseStatus.CLOSED, disposition
    await _tell(session, actor, row, CaseEventKind.CLOSED)
    return row


async def reopen(session: AsyncSession, actor: Actor, case_id: UUID) -> CaseRow:
    """Take a closed case up again; how it had ended stays in the timeline.

    Raises: Forbidden, NotFound, Conflict (not closed).
    """
    actor.to_write(Scope.CASES_WRITE)
    row = await _lock(session, actor, case_id)
    rules.check_closed(CaseStatus(row.status))
    row.status, row.disposition = CaseStatus.OPEN, None
    await _tell(session, actor, row, CaseEventKind.REOPENED)
    return row


async def _add(session: AsyncSession, actor: Actor, keyring: Keyring, draft: CaseDraft) -> CaseRow:
    id = uuid4()
    row = CaseRow(
        id=id,
        created_at=actor.as_of,
        opened_by=actor.participant_id,
        sealed_title=seal(keyring, draft.title, id),
        sealed_summary=seal_optional(keyring, draft.summary, id),
        status=CaseStatus.OPEN,
        updated_at=actor.as_of,
    )
    await cases.add(session, actor, row)
    invited = await cases.add_members(session, actor, id, draft.member_ids)
    added = await case_files.add_signals(session, actor, id, draft.signal_ids)
    events = [
        _event(actor, row, actor.as_of, CaseEventKind.OPENED),
        *(_event(actor, row, actor.as_of, CaseEventKind.MEMBER_INVITED, member_id) for member_id in invited),
        *(_event(actor, row, actor.as_of, CaseEventKind.SIGNAL_ADDED, signal_id) for signal_id in added),
    ]
    await case_files.add_events(session, events)
    return row


async def _seen(session: AsyncSession, actor: Actor, id: UUID) -> CaseRow:
    row = (await cases.by_ids(session, actor, [id])).get(id)
    if row is None:
        raise NotFound("case")
    return row


async def _lock(session: AsyncSession, actor: Actor, id: UUID) -> CaseRow:
    row = await cases.lock(session, actor, id)
    if row is None:
        raise NotFound("case", field="caseId")
    return row


async def _lock_open(session: AsyncSession, actor: Actor, id: UUID) -> CaseRow:
    row = await _lock(session, actor, id)
    rules.check_open(CaseStatus(row.status))
    return row


async def _check_signals(session: AsyncSession, actor: Actor, ids: Sequence[UUID]) -> None:
    if await signals.ids_seen(session, actor, ids) != set(ids):
        raise NotFound("signal", field="signalIds")


async def _check_invited(session: AsyncSession, actor: Actor, ids: Sequence[UUID], field: str) -> None:
    found = await participants.by_ids(session, actor, ids) if ids else {}
    if found.keys() != set(ids):
        raise NotFound("participant", field=field)
    for row in found.values():
        rules.check_invited(ParticipantClass(row.participant_class), ParticipantStatus(row.status))


def _event(
    actor: Actor, row: CaseRow, at: datetime, kind: CaseEventKind, subject_id: UUID | None = None
) -> CaseEventRow:
    """Says also in which state the case is from then on, where the event is about that."""
    of_state = kind in rules.STATE_EVENTS
    return CaseEventRow(
        created_at=at,
        case_id=row.id,
        actor_id=actor.participant_id,
        kind=kind,
        subject_id=subject_id,
        status=row.status if of_state else None,
        disposition=row.disposition if of_state else None,
    )


async def _tell(
    session: AsyncSession, actor: Actor, row: CaseRow, kind: CaseEventKind, subject_id: UUID | None = None
) -> None:
    """Write what was changed of a locked case into it and into its timeline, for all members to see."""
    row.updated_at = rules.next_moment(row.updated_at, actor.as_of)
    await case_files.add_events(session, [_event(actor, row, row.updated_at, kind, subject_id)])


def _results(signal_ids: Sequence[UUID], seen: set[UUID], added: set[UUID]) -> list[SignalResult]:
    """A signal that the call names twice is added by the first of the two."""
    results = []
    left = set(added)
    for id in signal_ids:
        if id not in seen:
            error = NotFound("signal", field="signalIds")
            results.append(SignalResult(CaseSignalOutcome.REJECTED, rejection=Rejection.of(error)))
        else:
            results.append(SignalResult(CaseSignalOutcome.ADDED if id in left else CaseSignalOutcome.ALREADY_THERE, id))
        left.discard(id)
    return results
