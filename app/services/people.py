"""People of participants: inviting them, what they do there, and shutting them out."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import Conflict, Forbidden, NotFound
from app.rules import roles
from app.rules.actor import Actor
from app.rules.audit import AuditAction
from app.rules.keyring import Keyring
from app.rules.names import check_name
from app.rules.participants import ParticipantClass
from app.rules.people import check_email, email_digest
from app.rules.roles import Role
from app.rules.scopes import Scope
from app.rules.sealing import seal
from app.rules.sign_ins import LINK_LIFETIME, Kept, digest, new_secret
from app.services.lists import Finder
from app.store import audit, participants, people
from app.store.tables.person import PersonRow

# The people that the actor manages, the oldest first.
find = Finder(Scope.CLIENTS_MANAGE, people.find)


@dataclass(frozen=True, slots=True)
class PersonDraft:
    # Null for the actor's own.
    participant_id: UUID | None
    email: str
    name: str
    roles: Sequence[Role]


@dataclass(frozen=True, slots=True)
class LinkedPerson:
    """A person with the link by which it sets its password, which is shown this once."""

    row: PersonRow
    link: str = field(repr=False)


async def invite(session: AsyncSession, actor: Actor, keyring: Keyring, draft: PersonDraft) -> LinkedPerson:
    """Let somebody sign in for one's own participant, or as the operator for any.

    Raises: Forbidden, NotFound (participant), InvalidInput (email, name, roles), Conflict (the address is taken).
    """
    _to_manage(actor)
    participant_id = draft.participant_id or actor.participant_id
    if not actor.is_operator and participant_id != actor.participant_id:
        raise NotFound("participant", field="participantId")
    participant_class = await _class_of(session, actor, participant_id)
    row = new_person(keyring, draft, participant_id, participant_class, actor.as_of)
    if not await people.add(session, row):
        raise Conflict("Somebody signs in by this address already.")
    await audit.append(session, actor, AuditAction.PERSON_INVITE, [row.id, row.participant_id])
    return await link(session, keyring, row, actor.as_of)


def new_person(
    keyring: Keyring, draft: PersonDraft, participant_id: UUID, participant_class: ParticipantClass, at: datetime
) -> PersonRow:
    """A new person, who has no password yet. Raises: InvalidInput (email, name, roles)."""
    id, email = uuid4(), check_email(draft.email)
    return PersonRow(
        id=id,
        created_at=at,
        participant_id=participant_id,
        email_digest=email_digest(keyring, email),
        sealed_email=seal(keyring, email, id),
        sealed_name=seal(keyring, check_name(draft.name), id),
        roles=roles.check(participant_class, draft.roles),
    )


async def link(session: AsyncSession, keyring: Keyring, row: PersonRow, at: datetime) -> LinkedPerson:
    """A link by which a person sets its password; one of before counts no more."""
    secret = new_secret(Kept.LINK)
    await people.keep_link(session, row.id, digest(keyring, Kept.LINK, secret), at + LINK_LIFETIME)
    return LinkedPerson(row, secret)


async def set_roles(session: AsyncSession, actor: Actor, id: UUID, given: Sequence[Role]) -> PersonRow:
    """What the person may do from its next request on.

    Raises: Forbidden, NotFound, InvalidInput (roles), Conflict (disabled, or nobody else could manage people).
    """
    _to_manage(actor)
    row = await _lock_enabled(session, actor, id)
    wanted = roles.check(await _class_of(session, actor, row.participant_id), given)
    if Role.PARTICIPANT_ADMIN not in wanted:
        await _check_others_manage(session, actor, row)
    row.roles = wanted
    await session.flush()
    await audit.append(session, actor, AuditAction.PERSON_SET_ROLES, [row.id, row.participant_id])
    return row


async def disable(session: AsyncSession, actor: Actor, id: UUID) -> PersonRow:
    """Shut out a person, with all its sessions and tokens, at once and for good; again changes nothing.

    A participant in any status may do it: it only ever takes rights away.

    Raises: Forbidden, NotFound, Conflict (nobody else could manage people).
    """
    actor.require(Scope.CLIENTS_MANAGE)
    _check_is_person(actor)
    row = await _lock(session, actor, id)
    if row.disabled_at is None:
        await _check_others_manage(session, actor, row)
        row.disabled_at, row.epoch = actor.as_of, row.epoch + 1
        await session.flush()
        await audit.append(session, actor, AuditAction.PERSON_DISABLE, [row.id, row.participant_id])
    return row


async def reset_password(session: AsyncSession, actor: Actor, keyring: Keyring, id: UUID) -> LinkedPerson:
    """Give a person a new link; its password ends at once, with all its sessions and tokens.

    Raises: Forbidden, NotFound, Conflict (disabled).
    """
    _to_manage(actor)
    row = await _lock_enabled(session, actor, id)
    row.password_set_at, row.epoch = None, row.epoch + 1
    await session.flush()
    await audit.append(session, actor, AuditAction.PERSON_RESET_PASSWORD, [row.id, row.participant_id])
    return await link(session, keyring, row, actor.as_of)


def _to_manage(actor: Actor) -> None:
    actor.to_write(Scope.CLIENTS_MANAGE)
    _check_is_person(actor)


def _check_is_person(actor: Actor) -> None:
    """Raises: Forbidden for a participant's program: by a person of its own making it would have what the operator
    grants to programs one by one, such as `signals:reveal`."""
    if actor.person_id is None and not actor.is_operator:
        raise Forbidden("Only a person manages people; ask the operator to invite your first administrator.")


async def _lock(session: AsyncSession, actor: Actor, id: UUID) -> PersonRow:
    row = await people.lock(session, actor, id)
    if row is None:
        raise NotFound("person", field="personId")
    return row


async def _lock_enabled(session: AsyncSession, actor: Actor, id: UUID) -> PersonRow:
    row = await _lock(session, actor, id)
    if row.disabled_at is not None:
        raise Conflict("The person is shut out, for good: invite somebody anew under another address.")
    return row


async def _class_of(session: AsyncSession, actor: Actor, participant_id: UUID) -> ParticipantClass:
    """Raises: NotFound."""
    found = (await participants.by_ids(session, actor, [participant_id])).get(participant_id)
    if found is None:
        raise NotFound("participant", field="participantId")
    return ParticipantClass(found.participant_class)


async def _check_others_manage(session: AsyncSession, actor: Actor, row: PersonRow) -> None:
    """Raises: Conflict if by this a participant locked itself out; the operator may, and can invite somebody anew."""
    if actor.is_operator and row.participant_id != actor.participant_id:
        return
    admins = await people.lock_admins(session, row.participant_id)
    if list(admins) == [row.id]:
        raise Conflict("Nobody else could manage your people: give another person that role first.")
