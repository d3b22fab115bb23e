"""Who takes part, and what the operator decides about participants and their groups."""

from typing import Annotated, TypeAlias

import strawberry

from app.graphql.context import Info
from app.graphql.cost_words import EACH
from app.graphql.operations.fields import listed, mutation, wants
from app.graphql.paging import DEFAULT_FIRST, After, First
from app.graphql.types.base import Connection
from app.graphql.types.participant import Participant, SharingGroup
from app.graphql.types.problem import Conflict, Forbidden, InvalidInput, NotFound
from app.rules import ids
from app.rules.ids import Prefix
from app.rules.limits import MAX_LIST_ITEMS
from app.rules.names import MAX_NAME_LENGTH
from app.rules.participants import ParticipantClass, ParticipantFilter, ParticipantStatus
from app.rules.scopes import Scope
from app.services import groups, participants


@strawberry.input(description="Which participants to list: those that meet all that is given.")
class ParticipantFilterInput:
    status: ParticipantStatus | None = strawberry.field(default=None, description="Those that have come this far.")
    participant_class: ParticipantClass | None = strawberry.field(default=None, description="Those of one class.")
    group: strawberry.ID | None = strawberry.field(
        default=None, description="Members of this sharing group; none if you do not see the group."
    )
    slug: str | None = strawberry.field(default=None, description="The one with exactly this slug.")

    def wanted(self) -> ParticipantFilter:
        return ParticipantFilter(
            status=self.status,
            participant_class=self.participant_class,
            group_id=None if self.group is None else ids.read_or_nothing(Prefix.GROUP, self.group),
            slug=self.slug,
        )


@strawberry.input(description="An application to take part.")
class AdmitParticipantInput:
    slug: str = strawberry.field(
        description="2 to 63 lower-case letters, digits and hyphens; a letter first; unique, and never changed."
    )
    name: str = strawberry.field(description=f"Name of the organisation, 1 to {MAX_NAME_LENGTH} printable characters.")
    participant_class: ParticipantClass = strawberry.field(description="What it will take part for; stays as it is.")


@strawberry.input(description="The next step in the life of a participant.")
class ChangeParticipantStatusInput:
    participant_id: strawberry.ID = strawberry.field(description="Who takes the step; never your own participant.")
    status: ParticipantStatus = strawberry.field(description="What it becomes; TERMINATED retracts all it contributed.")


@strawberry.input(description="Whether uploads of a participant are held back.")
class SetQuarantineInput:
    participant_id: strawberry.ID = strawberry.field(description="Whose uploads are meant.")
    quarantines: bool = strawberry.field(description="True holds back what it uploads from now on.")


@strawberry.input(description="A new sharing group, without members.")
class CreateGroupInput:
    slug: str = strawberry.field(
        description="Short name: 2 to 63 lower-case letters, digits and hyphens, a letter first; unique among groups;"
        " stays as it is."
    )
    name: str = strawberry.field(description=f"Name of the new group, 1 to {MAX_NAME_LENGTH} printable characters.")


@strawberry.input(description="Another name for a sharing group.")
class RenameGroupInput:
    group_id: strawberry.ID = strawberry.field(description="The group that gets another name.")
    name: str = strawberry.field(description=f"Its name from now on, 1 to {MAX_NAME_LENGTH} printable characters.")


@strawberry.input(description="Participants that join a sharing group.")
class AddGroupMembersInput:
    group_id: strawberry.ID = strawberry.field(description="The group that they join.")
    participant_ids: list[strawberry.ID] = strawberry.field(
        description=f"Who joins, 1 to {MAX_LIST_ITEMS:,}; those who are members stay so.", directives=[EACH]
    )


@strawberry.input(description="Participants that leave a sharing group.")
class RemoveGroupMembersInput:
    group_id: strawberry.ID = strawberry.field(description="The group that they leave.")
    participant_ids: list[strawberry.ID] = strawberry.field(
        description=f"Who leaves, 1 to {MAX_LIST_ITEMS:,}; those who are no members are left alone.", directives=[EACH]
    )


AdmitParticipantResult: TypeAlias = Annotated[
    Participant | InvalidInput | Conflict | Forbidden,
    strawberry.union("AdmitParticipantResult", description="The applicant, or why it was not taken in."),
]
ChangeParticipantStatusResult: TypeAlias = Annotated[
    Participant | NotFound | Conflict | Forbidden,
    strawberry.union("ChangeParticipantStatusResult", description="The participant after its step, or why it stays."),
]
SetQuarantineResult: TypeAlias = Annotated[
    Participant | NotFound | Forbidden,
    strawberry.union("SetQuarantineResult", description="The participant as it now is, or why nothing changed."),
]
CreateGroupResult: TypeAlias = Annotated[
    SharingGroup | InvalidInput | Conflict | Forbidden,
    strawberry.union("CreateGroupResult", description="The new group, or why it was not made."),
]
RenameGroupResult: TypeAlias = Annotated[
    SharingGroup | InvalidInput | NotFound | Forbidden,
    strawberry.union("RenameGroupResult", description="The group under its new name, or why it kept the old one."),
]
AddGroupMembersResult: TypeAlias = Annotated[
    SharingGroup | InvalidInput | NotFound | Forbidden,
    strawberry.union("AddGroupMembersResult", description="The group with its new members, or why nobody joined it."),
]
RemoveGroupMembersResult: TypeAlias = Annotated[
    SharingGroup | InvalidInput | NotFound | Forbidden,
    strawberry.union("RemoveGroupMembersResult", description="The group without them, or why nobody left it."),
]


FilterArgument: TypeAlias = Annotated[
    ParticipantFilterInput | None,
    strawberry.argument(description="Conditions on participants, all of which must hold; none lists all."),
]


@strawberry.type
class ParticipantQuery:
    @listed(participants.find, description="Who takes part, as far as you may know, the oldest first.")
    def participants(
        self, filter: FilterArgument = None, first: First = DEFAULT_FIRST, after: After = None
    ) -> Connection[Participant]:
        return wants(filter.wanted() if filter else ParticipantFilter())


@strawberry.type
class ParticipantMutation:
    @mutation(Scope.PARTICIPANTS_MANAGE, description="Take in the application of an organisation. For operators.")
    async def admit_participant(self, info: Info, input: AdmitParticipantInput) -> AdmitParticipantResult:
        async with info.context.write() as session:
            row = await participants.admit(session, info.context.actor, input.slug, input.name, input.participant_class)
        return Participant.of(row)

    @mutation(Scope.PARTICIPANTS_MANAGE, description="Let a participant take the next step of its life. For operators.")
    async def change_participant_status(
        self, info: Info, input: ChangeParticipantStatusInput
    ) -> ChangeParticipantStatusResult:
        id = ids.read_or_nothing(Prefix.PARTICIPANT, input.participant_id)
        async with info.context.write() as session:
            row = await participants.change_status(session, info.context.actor, id, input.status)
        return Participant.of(row)

    @mutation(Scope.COMPLIANCE_MANAGE, description="Hold back what a participant uploads, or stop so. For operators.")
    async def set_quarantine(self, info: Info, input: SetQuarantineInput) -> SetQuarantineResult:
        id = ids.read_or_nothing(Prefix.PARTICIPANT, input.participant_id)
        async with info.context.write() as session:
            row = await participants.set_quarantine(session, info.context.actor, id, input.quarantines)
        return Participant.of(row)

    @mutation(Scope.PARTICIPANTS_MANAGE, description="Make a sharing group, still without members. For operators.")
    async def create_group(self, info: Info, input: CreateGroupInput) -> CreateGroupResult:
        async with info.context.write() as session:
            row = await groups.create(session, info.context.actor, input.slug, input.name)
        return SharingGroup.of(row)

    @mutation(Scope.PARTICIPANTS_MANAGE, description="Give a sharing group another name. For operators.")
    async def rename_group(self, info: Info, input: RenameGroupInput) -> RenameGroupResult:
        id = ids.read_or_nothing(Prefix.GROUP, input.group_id)
        async with info.context.write() as session:
            row = await groups.rename(session, info.context.actor, id, input.name)
        return SharingGroup.of(row)

    @mutation(Scope.PARTICIPANTS_MANAGE, description="Let participants see what a group shares. For operators.")
    async def add_group_members(self, info: Info, input: AddGroupMembersInput) -> AddGroupMembersResult:
        id = ids.read_or_nothing(Prefix.GROUP, input.group_id)
        joining = [ids.read_or_nothing(Prefix.PARTICIPANT, text) for text in input.participant_ids]
        async with info.context.write() as session:
            row = await groups.add_members(session, info.context.actor, id, joining)
        return SharingGroup.of(row)

    @mutation(Scope.PARTICIPANTS_MANAGE, description="Take the sight of what a group shares. For operators.")
    async def remove_group_members(self, info: Info, input: RemoveGroupMembersInput) -> RemoveGroupMembersResult:
        id = ids.read_or_nothing(Prefix.GROUP, input.group_id)
        leaving = [ids.read_or_nothing(Prefix.PARTICIPANT, text) for text in input.participant_ids]
        async with info.context.write() as session:
            row = await groups.remove_members(session, info.context.actor, id, leaving)
        return SharingGroup.of(row)
