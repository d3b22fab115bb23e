"""People of participants as clients see them."""

from datetime import datetime

import strawberry
from strawberry import federation

from app.graphql import reads
from app.graphql.reads import Shown
from app.graphql.types.base import Node
from app.graphql.types.enums import tell
from app.graphql.types.participant import Participant
from app.rules import ids
from app.rules.roles import Role
from app.services.people import LinkedPerson
from app.store import participants, people
from app.store.tables.person import PersonRow

tell(
    Role,
    "What a person does at its participant; decides what it may do here. The class of the participant narrows it.",
    {
        Role.INVESTIGATOR: "Works on signals and cases, and may see values in clear, each recorded.",
        Role.REVIEWER: "Reviews what matched and records it, without seeing values in clear.",
        Role.ANALYST: "Reads signals, feedback and what came of them; changes nothing.",
        Role.PARTICIPANT_ADMIN: "Manages people and API clients, and reads who revealed what.",
        Role.OPERATOR: "Runs the exchange: admits participants, decides what is held back. At the operator only.",
    },
)


@federation.type(
    requires_scopes=[["clients:manage"]],
    description="Somebody who signs in for a participant; seen by those who manage its people, and by the operator.",
)
class Person(Shown, Node):
    kept = people.by_ids
    row: strawberry.Private[PersonRow]

    id: strawberry.ID = reads.id(ids.Prefix.PERSON, "Id of the person, as the access tokens in its name say it.")
    email: str = reads.sealed("The address by which it signs in; nothing is ever sent there.", "sealed_email")
    name: str = reads.sealed("What colleagues call this person.", "sealed_name")
    roles: list[Role] = reads.column("All that it does at its participant; at least one.")
    invited_at: datetime = reads.column("When it was let in, UTC.", "created_at")
    password_set_at: datetime | None = reads.column("Since when its password is good, UTC; null while it has none.")
    link_expires_at: datetime | None = reads.column(
        "Until when a password can be set by the last link, UTC; null once that was used."
    )
    disabled_at: datetime | None = reads.column("Since when this person is shut out, UTC; null while it is not.")
    participant: Participant | None = reads.one(
        participants.by_ids, "participant_id", "The participant that the person belongs to."
    )


@strawberry.type(description="The person in whose name a token is used, as it may always see itself.")
class SignedInPerson(Shown):
    kept = people.themselves
    row: strawberry.Private[PersonRow]

    id: strawberry.ID = reads.id(ids.Prefix.PERSON, "Your own id, which your tokens name as their subject.")
    email: str = reads.sealed("The address by which you sign in.", "sealed_email")
    name: str = reads.sealed("What your colleagues call you.", "sealed_name")
    roles: list[Role] = reads.column("What you do at your participant.")


@strawberry.type(description="A person with a new link.")
class PersonWithLink:
    person: Person = strawberry.field(description="Whose password can be set by the link.")
    link: str = strawberry.field(
        description="The address of a page where the person sets its password, once, within 7 days. Pass it on"
        " yourself, by a way that reaches nobody else: it is shown this once and never again."
    )

    @classmethod
    def of(cls, linked: LinkedPerson, link: str) -> "PersonWithLink":
        return cls(person=Person.of(linked.row), link=link)
