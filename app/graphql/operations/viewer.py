"""Who am I, and objects by id."""

from typing import Annotated, Self

import strawberry

from app.graphql import nodes, reads
from app.graphql.context import Info
from app.graphql.operations.fields import query
from app.graphql.readings import Way
from app.graphql.types.base import Node
from app.graphql.types.impact import From, Impact, To
from app.graphql.types.participant import Participant
from app.graphql.types.person import SignedInPerson
from app.rules import limits
from app.rules.actor import Actor
from app.rules.frontends import client_name
from app.rules.scopes import Scope
from app.services import impact
from app.store import participants, people


@strawberry.type(description="The participant, client and perhaps person behind the token of this request.")
class Viewer:
    client_id: strawberry.ID = strawberry.field(description="The API client that got the token.")
    scopes: list[str] = strawberry.field(description="What the token may be used for, in alphabetical order.")
    actor: strawberry.Private[Actor]

    participant: Participant | None = reads.named(
        participants.by_ids, "actor.participant_id", "The participant that the client acts for.", authenticated=True
    )

    person: SignedInPerson | None = reads.named(
        people.themselves,
        "actor.person_id",
        "The person who signed in; null where the client acts by itself.",
        authenticated=True,
    )

    @query(
        Scope.IMPACT_READ,
        read=Way("impact"),
        description="What came of the signals that you contributed; see `Impact`.",
    )
    async def impact(self, info: Info, since: From, until: To) -> Impact:
        async with info.context.read() as session:
            return Impact.of(await impact.of_viewer(session, self.actor, since, until))

    @classmethod
    def of(cls, actor: Actor) -> Self:
        client_id = strawberry.ID(client_name(actor.client_id))
        return cls(client_id=client_id, scopes=sorted(actor.scopes), actor=actor)


NodeId = Annotated[
    strawberry.ID, strawberry.argument(description="Any id that you read here: its first letters say of which type.")
]
NodeIds = Annotated[
    list[strawberry.ID],
    strawberry.argument(description=f"At most {limits.MAX_LIST_ITEMS:,} ids, of one or several types."),
]


@strawberry.type
class ViewerQuery:
    @query(read=Way("viewer"), description="Who the exchange takes you for.")
    def viewer(self, info: Info) -> Viewer:
        return Viewer.of(info.context.actor)

    @query(read=Way("node"), description="The object with this id; null if it is absent, hidden from you, or no id.")
    async def node(self, info: Info, id: NodeId) -> Node | None:
        return await nodes.by_id(info, id)

    @query(
        read=Way("nodes"),
        description="The objects with these ids, at most 1,000, in their order; null for each as with `node`.",
    )
    async def nodes(self, info: Info, ids: NodeIds) -> list[Node | None]:
        return await nodes.by_ids(info, ids)
