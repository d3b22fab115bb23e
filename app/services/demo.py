"""The demo exchange: fictional participants to try things out with."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.rules import passwords
from app.rules.ids import Prefix, shown
from app.rules.keyring import Keyring
from app.rules.participants import ParticipantClass
from app.rules.roles import Role
from app.services import bootstrap
from app.services.bootstrap import Founder
from app.services.clients import IssuedClient
from app.services.people import PersonDraft
from app.store import groups, key_checks, key_use, participants, people
from app.store.tables.participant import ParticipantRow, SharingGroupRow

OPERATOR = Founder("lantern-operator", "Lantern operator", ParticipantClass.OPERATOR)
ALDER = Founder("alder", "Alder", ParticipantClass.CONTRIBUTOR_CONSUMER)
BIRCH = Founder("birch", "Birch", ParticipantClass.CONTRIBUTOR_CONSUMER)
CEDAR = Founder("cedar", "Cedar", ParticipantClass.CONTRIBUTOR_CONSUMER)

# Who signs in for whom, by slug.
PEOPLE: Mapping[str, PersonDraft] = {
    OPERATOR.slug: PersonDraft(None, "olive@operator.example", "Olive Hart", (Role.OPERATOR, Role.PARTICIPANT_ADMIN)),
    ALDER.slug: PersonDraft(None, "ada@alder.example", "Ada Moss", (Role.INVESTIGATOR, Role.PARTICIPANT_ADMIN)),
    BIRCH.slug: PersonDraft(None, "ben@birch.example", "Ben Lake", (Role.INVESTIGATOR, Role.PARTICIPANT_ADMIN)),
}

GROUP = ("payments-watch", "Payments watch")
GROUP_MEMBERS = (ALDER, BIRCH)


@dataclass(frozen=True, slots=True)
class DemoClient:
    """What a client needs to get a token, and whose it is; its `repr` does not show the secret."""

    participant: str
    participant_id: str
    client_id: str
    client_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """By what a person signs in; its `repr` does not show the password."""

    email: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class DemoCredentials:
    """The clients and people of the demo exchange, by the slug of their participant, and its sharing group."""

    clients: dict[str, DemoClient]
    people: dict[str, DemoPerson]
    group_slug: str
    group_id: str


async def ensure(
    session: AsyncSession, keyring: Keyring, as_of: datetime, hashed: Callable[[str], str] = passwords.hashed
) -> DemoCredentials | None:
    """Fill an empty exchange; null, and nothing changed, if anybody takes part already.

    The session belongs to the owner of the tables, as the serving role sees nobody yet. Keep the credentials before
    committing: a crash in between then leaves nobody locked out.
    """
    if await participants.any_exists_yet(session):
        return None
    await key_checks.record(session, keyring)
    await key_use.begin(session, keyring)
    made = {founder.slug: await bootstrap.found(session, founder, as_of) for founder in (OPERATOR, ALDER, BIRCH, CEDAR)}
    group = await _group(session, [made[founder.slug] for founder in GROUP_MEMBERS], as_of)
    return DemoCredentials(
        clients={slug: _shown(row, await bootstrap.equip(session, keyring, row)) for slug, row in made.items()},
        people={slug: await _person(session, keyring, made[slug], hashed) for slug in PEOPLE},
        group_slug=group.slug,
        group_id=shown(Prefix.GROUP, group.id),
    )


async def _group(session: AsyncSession, members: Sequence[ParticipantRow], as_of: datetime) -> SharingGroupRow:
    slug, name = GROUP
    group = SharingGroupRow(created_at=as_of, slug=slug, name=name)
    await groups.add(session, group)
    await groups.add_members(session, group.id, [row.id for row in members], as_of)
    return group


async def _person(
    session: AsyncSession, keyring: Keyring, participant: ParticipantRow, hashed: Callable[[str], str]
) -> DemoPerson:
    draft = PEOPLE[participant.slug]
    row = await bootstrap.enrol(session, keyring, participant, draft)
    password = secrets.token_urlsafe(12)
    await people.keep_password(session, row.id, hashed(password), participant.created_at)
    return DemoPerson(draft.email, password)


def _shown(participant: ParticipantRow, client: IssuedClient) -> DemoClient:
    return DemoClient(
        participant=participant.name,
        participant_id=shown(Prefix.PARTICIPANT, participant.id),
        client_id=shown(Prefix.CLIENT, client.row.id),
        client_secret=client.secret,
    )
