"""People of participants: who they are, letting them in, shutting them out."""

from typing import Annotated, TypeAlias

import strawberry

from app.graphql.context import Info
from app.graphql.operations.fields import listed, mutation, wants
from app.graphql.paging import DEFAULT_FIRST, After, First
from app.graphql.types.base import Connection
from app.graphql.types.person import Person, PersonWithLink
from app.graphql.types.problem import Conflict, Forbidden, InvalidInput, NotFound
from app.rules import ids
from app.rules.ids import Prefix
from app.rules.names import MAX_NAME_LENGTH
from app.rules.people import PersonFilter
from app.rules.roles import Role
from app.rules.scopes import Scope
from app.rules.sign_ins import link_path
from app.services import people
from app.services.people import LinkedPerson, PersonDraft


@strawberry.input(description="Somebody who will sign in for a participant.")
class InvitePersonInput:
    email: str = strawberry.field(
        description="The address by which the person will sign in; nobody else in the exchange may have it."
    )
    name: str = strawberry.field(description=f"What colleagues call the person, 1 to {MAX_NAME_LENGTH} characters.")
    roles: list[Role] = strawberry.field(description="What the person will do; at least one.")
    participant_id: strawberry.ID | None = strawberry.field(
        default=None, description="For whom; left off, your own participant. The operator may name any."
    )

    def draft(self) -> PersonDraft:
        given = self.participant_id
        participant_id = None if given is None else ids.read_or_nothing(Prefix.PARTICIPANT, given)
        return PersonDraft(participant_id, self.email, self.name, self.roles)


@strawberry.input(description="What a person does from now on.")
class SetPersonRolesInput:
    person_id: strawberry.ID = strawberry.field(description="Somebody of your participant; for the operator, anybody.")
    roles: list[Role] = strawberry.field(description="All roles from now on, in place of those of before.")


@strawberry.input(description="The person that is shut out.")
class DisablePersonInput:
    person_id: strawberry.ID = strawberry.field(description="One of your people, or as the operator anybody.")


@strawberry.input(description="The person that gets a new link.")
class ResetPersonPasswordInput:
    person_id: strawberry.ID = strawberry.field(description="Whose password no longer counts; of your people, or any.")


InvitePersonResult: TypeAlias = Annotated[
    PersonWithLink | InvalidInput | NotFound | Conflict | Forbidden,
    strawberry.union("InvitePersonResult", description="The person with a link, or why it was not let in."),
]
SetPersonRolesResult: TypeAlias = Annotated[
    Person | InvalidInput | NotFound | Conflict | Forbidden,
    strawberry.union("SetPersonRolesResult", description="The person with its new roles, or why it kept the old."),
]
DisablePersonResult: TypeAlias = Annotated[
    Person | NotFound | Conflict | Forbidden,
    strawberry.union("DisablePersonResult", description="The person, now shut out, or why it is not."),
]
ResetPersonPasswordResult: TypeAlias = Annotated[
    PersonWithLink | NotFound | Conflict | Forbidden,
    strawberry.union("ResetPersonPasswordResult", description="The person with a new link, or why it has none."),
]

OfParticipant = Annotated[
    strawberry.ID | None, strawberry.argument(description="Only those of this participant; for the operator.")
]


@strawberry.type
class PersonQuery:
    @listed(people.find, description="The people of your participant, for the operator of all, the oldest first.")
    def people(
        self, participant_id: OfParticipant = None, first: First = DEFAULT_FIRST, after: After = None
    ) -> Connection[Person]:
        given = None if participant_id is None else ids.read_or_nothing(Prefix.PARTICIPANT, participant_id)
        return wants(PersonFilter(given))


@strawberry.type
class PersonMutation:
    @mutation(Scope.CLIENTS_MANAGE, description="Let somebody sign in. For people, and for operators' programs.")
    async def invite_person(self, info: Info, input: InvitePersonInput) -> InvitePersonResult:
        draft = input.draft()
        async with info.context.write() as session:
            linked = await people.invite(session, info.context.actor, info.context.keyring, draft)
        return _with_link(info, linked)

    @mutation(Scope.CLIENTS_MANAGE, description="Change what a person may do, from its next request on.")
    async def set_person_roles(self, info: Info, input: SetPersonRolesInput) -> SetPersonRolesResult:
        id = ids.read_or_nothing(Prefix.PERSON, input.person_id)
        async with info.context.write() as session:
            row = await people.set_roles(session, info.context.actor, id, input.roles)
        return Person.of(row)

    @mutation(
        Scope.CLIENTS_MANAGE, description="Shut a person out, with all its sessions and tokens, at once and for good."
    )
    async def disable_person(self, info: Info, input: DisablePersonInput) -> DisablePersonResult:
        id = ids.read_or_nothing(Prefix.PERSON, input.person_id)
        async with info.context.write() as session:
            row = await people.disable(session, info.context.actor, id)
        return Person.of(row)

    @mutation(
        Scope.CLIENTS_MANAGE,
        description="Give a person a new link; its password, sessions and tokens end at once.",
    )
    async def reset_person_password(self, info: Info, input: ResetPersonPasswordInput) -> ResetPersonPasswordResult:
        id = ids.read_or_nothing(Prefix.PERSON, input.person_id)
        async with info.context.write() as session:
            linked = await people.reset_password(session, info.context.actor, info.context.keyring, id)
        return _with_link(info, linked)


def _with_link(info: Info, linked: LinkedPerson) -> PersonWithLink:
    return PersonWithLink.of(linked, info.context.issuer + link_path(linked.link))
