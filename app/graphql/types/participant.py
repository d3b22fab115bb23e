"""Participants as clients see them."""

from typing import Self
from uuid import UUID

import strawberry
from strawberry import federation

from app.graphql.context import Info
from app.graphql.types.base import Node
from app.graphql.types.enums import tell
from app.rules import ids
from app.rules.participants import ParticipantClass, ParticipantStatus
from app.store.tables.participant import ParticipantRow, SharingGroupRow

tell(
    ParticipantClass,
    "What a participant takes part for; there is none for governments.",
    {
        ParticipantClass.CONTRIBUTOR_CONSUMER: "Uploads signals and matches those of others.",
        ParticipantClass.RECEIVE_ONLY: "Matches signals and reports back, but uploads none.",
        ParticipantClass.CONTRIBUTOR_ONLY: "Uploads signals, but does not match those of others.",
        ParticipantClass.OPERATOR: "Runs the exchange: admits participants and decides what is held back.",
        ParticipantClass.OBSERVER: "Sees who takes part, and no signals.",
    },
)
tell(
    ParticipantStatus,
    "How far a participant has come; decides what it may see and do.",
    {
        ParticipantStatus.APPLIED: "Has asked to join.",
        ParticipantStatus.COMPLIANCE_REVIEW: "Its application is being examined.",
        ParticipantStatus.APPROVED: "Was found fit to join.",
        ParticipantStatus.AGREEMENT_SIGNED: "Has signed the legal agreement.",
        ParticipantStatus.ONBOARDING: "Is being trained and connected.",
        ParticipantStatus.ACTIVE: "Takes part with all rights of its class.",
        ParticipantStatus.RESTRICTED: "Sees what others share, but may not write or reveal.",
        ParticipantStatus.SUSPENDED: "Sees only its own data, until the operator lifts it.",
        ParticipantStatus.OFFBOARDING: "Is leaving; sees only its own data.",
        ParticipantStatus.TERMINATED: "Has left; all that it contributed is retracted.",
    },
)


@federation.type(
    requires_scopes=[["participants:read"]],
    description="Participants that share signals among themselves; known to its members and the operator.",
)
class SharingGroup(Node):
    id: strawberry.ID = strawberry.field(description="Id of the group, for audiences and filters.")
    slug: str = strawberry.field(description="Short unique name of the group, which never changes.")
    name: str = strawberry.field(description="Name of the group in words, which the operator may change.")

    @classmethod
    def of(cls, row: SharingGroupRow) -> Self:
        return cls(id=strawberry.ID(ids.shown(ids.Prefix.GROUP, row.id)), slug=row.slug, name=row.name)

    @classmethod
    async def resolve_reference(cls, info: Info, id: UUID) -> "SharingGroup | None":
        return await info.context.loaders.group.load(id)


@federation.type(
    keys=["id"],
    requires_scopes=[["participants:read"]],
    description="An organisation that takes part in the exchange.",
)
class Participant(Node):
    row: strawberry.Private[ParticipantRow]

    id: strawberry.ID = strawberry.field(description="Id of the participant, the same for every viewer.")
    slug: str = strawberry.field(description="Short unique name for use in URLs and files.")
    name: str = strawberry.field(description="Name under which the organisation is known.")
    participant_class: ParticipantClass = strawberry.field(description="What it takes part for.")
    status: ParticipantStatus = strawberry.field(description="How far it has come.")

    @federation.field(description="The sharing groups that it is a member of, as far as you see them; by slug.")
    async def groups(self, info: Info) -> list[SharingGroup]:
        return await info.context.loaders.groups_of.load(self.row.id) or []

    @federation.field(
        description="Whether what it uploads waits for the operator before others see it.",
        requires_scopes=[["compliance:manage"]],
    )
    def quarantines(self) -> bool:
        return self.row.quarantines

    @classmethod
    def of(cls, row: ParticipantRow) -> Self:
        return cls(
            row=row,
            id=strawberry.ID(ids.shown(ids.Prefix.PARTICIPANT, row.id)),
            slug=row.slug,
            name=row.name,
            participant_class=ParticipantClass(row.participant_class),
            status=ParticipantStatus(row.status),
        )

    @classmethod
    async def resolve_reference(cls, info: Info, id: UUID) -> "Participant | None":
        return await info.context.loaders.participant.load(id)
