"""Who takes part in a world: participants of each class, with groups and a client each, put in by the owner."""

from collections.abc import Iterable
from datetime import datetime
from random import Random
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.rules.frontends import EXPLORER
from app.rules.keyring import Keyring
from app.rules.participants import ParticipantClass, ParticipantStatus
from app.rules.people import email_digest
from app.rules.roles import Role
from app.rules.scopes import ALLOWED
from app.rules.sealing import seal
from app.rules.trusted_documents import id_of
from app.store.tables.participant import ApiClientRow, GroupMemberRow, ParticipantRow, SharingGroupRow
from app.store.tables.person import PersonRow, SignInRow
from app.store.tables.trusted_document import TrustedDocumentRow
from tests.oracle.facts import Document, Facts, Participant

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
    facts.documents = [document for who in facts.participants for document in _documents(who)]
    async with AsyncSession(owner) as session, session.begin():
        session.add_all(_participant_rows(facts.participants, at))
        session.add_all(_group_rows(facts, at))
        session.add_all(_document_row(document, at) for document in facts.documents)
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


def _documents(who: Participant) -> list[Document]:
    """One that is served, and one that is no longer."""
    ids = [UUID(int=who.client_id.int ^ bit) for bit in (1, 2)]
    return [Document(id, who, who.kind is C.OPERATOR, retired) for id, retired in zip(ids, (False, True), strict=True)]


def _document_row(of: Document, at: datetime) -> TrustedDocumentRow:
    text = f"query Of_{of.id.hex} {{ viewer {{ clientId }} }}"
    return TrustedDocumentRow(
        id=of.id,
        created_at=at,
        participant_id=of.owner.id,
        document_id=id_of(text),
        text=None if of.retired else text,
        operation_names=[f"Of_{of.id.hex}", "A"],
        by_operator=of.by_operator,
        registered_by=of.owner.client_id,
        retired_at=at if of.retired else None,
    )


def people_rows(people: Iterable[Participant], keyring: Keyring, at: datetime) -> list[PersonRow | SignInRow]:
    """Two of each: one who does all that anybody may do there, and is signed in at the explorer, and one shut out."""
    rows: list[PersonRow | SignInRow] = []
    for who in people:
        person, sign_in = who.signed_in.person_id, who.signed_in.sign_in_id
        for id, email, ended in (
            (person, f"{who.slug}@people.example", None),
            (who.former_id, f"former-{who.slug}@people.example", at),
        ):
            rows.append(
                PersonRow(
                    id=id,
                    created_at=at,
                    participant_id=who.id,
                    email_digest=email_digest(keyring, email),
                    sealed_email=seal(keyring, email, id),
                    sealed_name=seal(keyring, who.slug.title(), id),
                    roles=[str(role) for role in Role],
                    password_set_at=at,
                    disabled_at=ended,
                )
            )
        rows.append(
            SignInRow(
                id=sign_in,
                created_at=at,
                person_id=person,
                client_id=EXPLORER.id,
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
