"""Who takes part in a world: participants of each class, with groups and a client each, put in by the owner."""

from collections.abc import Iterable
from datetime import datetime
from random import Random
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.rules.frontends import EXPLORER_ID
from app.rules.keyring import Keyring
from app.rules.participants import ParticipantClass, ParticipantStatus
from app.rules.people import email_digest
from app.rules.roles import Role
from app.rules.scopes import ALLOWED
from app.rules.sealing import seal
from app.store.tables.participant import ApiClientRow, GroupMemberRow, ParticipantRow, SharingGroupRow
from app.store.tables.person import PersonRow, SignInRow
from tests.oracle.facts import Facts, Participant

C = ParticipantClass
S = ParticipantStatus
CONSUMER = C.CONTRIBUTOR_CONSUMER


def cast(rng: Random) -> list[Participant]:
    """An operator, three who give and take, and others that differ from world to world."""
    people = [
        _person(rng, "lantern-operator", C.OPERATOR),
        *(_person(rng, slug, CONSUMER) for slug in ("alder", "birch", "cedar")),
    ]
    people.append(_person(rng, "dogwood", rng.choice([CONSUMER, CONSUMER, C.CONTRIBUTOR_ONLY])))
    people.append(_person(rng, "elm", rng.choice([CONSUMER, C.RECEIVE_ONLY, C.RECEIVE_ONLY, C.OBSERVER])))
    if rng.random() < 0.25:
        people.append(_person(rng, "fir", CONSUMER, rng.choice([S.APPLIED, S.APPROVED, S.ONBOARDING])))
    if rng.random() < 0.25:
        people.append(_person(rng, "second-operator", C.OPERATOR))
    return people


async def settle(owner: AsyncEngine, facts: Facts, rng: Random, keyring: Keyring, at: datetime) -> None:
    """Put the people and their groups into an empty exchange."""
    facts.participants = cast(rng)
    facts.groups = [_id(rng) for _ in range(rng.choice([2, 3]))]
    for group in facts.groups:
        for member in rng.sample(facts.participants[1:6], rng.choice([2, 3, 3])):
            member.groups.add(group)
    async with AsyncSession(owner) as session, session.begin():
        session.add_all(_participant_rows(facts.participants, at))
        session.add_all(_group_rows(facts, at))
        session.add_all(people_rows(facts.participants, keyring, at))


def _person(rng: Random, slug: str, kind: C, status: S = S.ACTIVE) -> Participant:
    return Participant(_id(rng), _id(rng), slug, kind, status)


def _id(rng: Random) -> UUID:
    """Out of the seed, as the order of ids decides some of what follows."""
    return UUID(int=rng.getrandbits(128), version=4)


def _participant_rows(people: Iterable[Participant], at: datetime) -> list[ParticipantRow | ApiClientRow]:
    rows: list[ParticipantRow | ApiClientRow] = []
    for who in people:
        rows.append(
            ParticipantRow(
                id=who.id,
                created_at=at,
                updated_at=at,
                slug=who.slug,
                name=who.slug.title(),
                participant_class=who.kind,
                status=who.status,
            )
        )
        rows.append(
            ApiClientRow(
                id=who.client_id,
                created_at=at,
                participant_id=who.id,
                name="Client",
                scopes=sorted(map(str, ALLOWED[who.kind])),
                secret_digest=b"",
                secret_rotated_at=at,
            )
        )
    return rows


def people_rows(people: Iterable[Participant], keyring: Keyring, at: datetime) -> list[PersonRow | SignInRow]:
    """One of each, who does all that anybody may do there, and is signed in at the explorer."""
    rows: list[PersonRow | SignInRow] = []
    for who in people:
        person, sign_in = who.signed_in.person_id, who.signed_in.sign_in_id
        email = f"{who.slug}@people.example"
        rows.append(
            PersonRow(
                id=person,
                created_at=at,
                participant_id=who.id,
                email_digest=email_digest(keyring, email),
                sealed_email=seal(keyring, email, person),
                sealed_name=seal(keyring, who.slug.title(), person),
                roles=[str(role) for role in Role],
                password_set_at=at,
            )
        )
        rows.append(
            SignInRow(
                id=sign_in,
                created_at=at,
                person_id=person,
                client_id=EXPLORER_ID,
                epoch=1,
                session_digest=b"",
                scopes=[],
                code_digest=sign_in.bytes,
                redirect_uri="",
                challenge="",
                refreshed_at=at,
            )
        )
    return rows


def _group_rows(facts: Facts, at: datetime) -> list[SharingGroupRow | GroupMemberRow]:
    rows: list[SharingGroupRow | GroupMemberRow] = [
        SharingGroupRow(id=id, created_at=at, slug=f"group-{place}", name=f"Group {place}")
        for place, id in enumerate(facts.groups)
    ]
    members: list[tuple[UUID, UUID]] = [(group, who.id) for who in facts.participants for group in who.groups]
    return [*rows, *(GroupMemberRow(group_id=group, participant_id=who, added_at=at) for group, who in members)]
