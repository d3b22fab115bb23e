"""Participants as clients see them."""

import strawberry
from strawberry import federation

from app.graphql import reads
from app.graphql.reads import Shown
from app.graphql.types.base import Node
from app.graphql.types.enums import tell
from app.rules import ids
from app.rules.participants import ParticipantClass, ParticipantStatus
from app.store import groups, participants
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
class SharingGroup(Shown, Node):
    kept = groups.by_ids
    row: strawberry.Private[SharingGroupRow]

    id: strawberry.ID = reads.id(ids.Prefix.GROUP, "Id of the group, for audiences and filters.")
    slug: str = reads.column("Short unique name of the group, which never changes.")
    name: str = reads.column("Name of the group in words, which the operator may change.")


@federation.type(
    keys=["id", "slug"],
    requires_scopes=[["participants:read"]],
    description="An organisation that takes part in the exchange.",
)
class Participant(Shown, Node):
    kept = participants.by_ids
    row: strawberry.Private[ParticipantRow]

    id: strawberry.ID = reads.id(ids.Prefix.PARTICIPANT, "Id of the participant, the same for every viewer.")
    slug: str = reads.column("Short unique name for use in URLs and files.")
    name: str = reads.column("Name under which the organisation is known.")
    participant_class: ParticipantClass = reads.column("What it takes part for.")
    status: ParticipantStatus = reads.column("How far it has come.")
    groups: list[SharingGroup] = reads.many(
        groups.of_participants, "The sharing groups that it is a member of, as far as you see them; by slug.", size=2
    )
    quarantines: bool = reads.column(
        "Whether what it uploads waits for the operator before others see it.",
        requires_scopes=[["compliance:manage"]],
    )
