"""The first participants of an empty exchange, made by the owner of the tables: the serving role sees nobody yet."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.rules import client_secrets
from app.rules.keyring import Keyring
from app.rules.names import check_name
from app.rules.participants import ParticipantClass, ParticipantStatus, check_slug
from app.rules.people import check_email
from app.rules.roles import Role
from app.rules.scopes import ALLOWED
from app.services.clients import IssuedClient
from app.services.people import PersonDraft, link, new_person
from app.store import clients, key_checks, key_use, participants, people
from app.store.tables.participant import ApiClientRow, ParticipantRow
from app.store.tables.person import PersonRow


@dataclass(frozen=True, slots=True)
class Founder:
    """A participant that is active from the start."""

    slug: str
    name: str
    participant_class: ParticipantClass


async def first_operator(
    session: AsyncSession, keyring: Keyring, founder: Founder, as_of: datetime
) -> IssuedClient | None:
    """The operator of an empty exchange, with a client that has every scope; null if somebody takes part already.

    The session belongs to the owner of the tables. Keep the secret before committing: nobody can show it again.

    Raises: InvalidInput (slug, name).
    """
    if await participants.any_exists_yet(session):
        return None
    await key_checks.record(session, keyring)
    await key_use.begin(session, keyring)
    operator = await found(session, founder, as_of)
    return await equip(session, keyring, operator)


async def found(session: AsyncSession, founder: Founder, as_of: datetime) -> ParticipantRow:
    row = ParticipantRow(
        created_at=as_of,
        slug=check_slug(founder.slug),
        name=check_name(founder.name),
        participant_class=founder.participant_class,
        status=ParticipantStatus.ACTIVE,
        updated_at=as_of,
    )
    await participants.add(session, row)
    return row


async def equip(session: AsyncSession, keyring: Keyring, participant: ParticipantRow) -> IssuedClient:
    """A client with every scope that the participant's class may have."""
    secret = client_secrets.new_secret()
    row = ApiClientRow(
        created_at=participant.created_at,
        participant_id=participant.id,
        name=f"First client of {participant.name}",
        scopes=sorted(ALLOWED[ParticipantClass(participant.participant_class)]),
        secret_digest=client_secrets.digest(keyring, secret),
        secret_rotated_at=participant.created_at,
    )
    await clients.add(session, row)
    return IssuedClient(row, secret)


async def first_administrator(
    session: AsyncSession, keyring: Keyring, operator: IssuedClient, email: str, as_of: datetime
) -> str:
    """The first person of the first operator; what it sets its password by, which is shown this once.

    Raises: InvalidInput (email).
    """
    name = check_email(email).partition("@")[0]
    draft = PersonDraft(None, email, name, (Role.OPERATOR, Role.PARTICIPANT_ADMIN))
    row = new_person(keyring, draft, operator.row.participant_id, ParticipantClass.OPERATOR, as_of)
    await people.add(session, row)
    return (await link(session, keyring, row, as_of)).link


async def enrol(session: AsyncSession, keyring: Keyring, participant: ParticipantRow, draft: PersonDraft) -> PersonRow:
    """A person of the participant, who has no password yet. Raises: InvalidInput."""
    of_class = ParticipantClass(participant.participant_class)
    row = new_person(keyring, draft, participant.id, of_class, participant.created_at)
    await people.add(session, row)
    return row
