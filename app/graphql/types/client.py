"""API clients as clients see them."""

from datetime import datetime
from typing import Self
from uuid import UUID

import strawberry
from strawberry import federation

from app.graphql.context import Info
from app.graphql.types.base import Node
from app.graphql.types.participant import Participant
from app.rules import ids
from app.services.clients import IssuedClient
from app.store.tables.participant import ApiClientRow


@federation.type(
    requires_scopes=[["clients:manage"]],
    description="A program that acts for a participant; seen by that participant and the operator.",
)
class ApiClient(Node):
    row: strawberry.Private[ApiClientRow]

    id: strawberry.ID = strawberry.field(description="Id of the client, which is also its OAuth2 client_id.")
    name: str = strawberry.field(description="What the program is called among people.")
    scopes: list[str] = strawberry.field(description="The most that its tokens may be used for, by name.")
    registered_at: datetime = strawberry.field(description="When the operator registered it, UTC.")
    secret_rotated_at: datetime = strawberry.field(description="Since when its present secret is good, UTC.")
    disabled_at: datetime | None = strawberry.field(description="Since when it is shut out, UTC; null while it is not.")

    @federation.field(description="The participant that the program acts for.")
    async def participant(self, info: Info) -> Participant | None:
        return await info.context.loaders.participant.load(self.row.participant_id)

    @classmethod
    def of(cls, row: ApiClientRow) -> Self:
        return cls(
            row=row,
            id=strawberry.ID(ids.shown(ids.Prefix.CLIENT, row.id)),
            name=row.name,
            scopes=sorted(row.scopes),
            registered_at=row.created_at,
            secret_rotated_at=row.secret_rotated_at,
            disabled_at=row.disabled_at,
        )

    @classmethod
    async def resolve_reference(cls, info: Info, id: UUID) -> "ApiClient | None":
        return await info.context.loaders.client.load(id)


@strawberry.type(description="A client with a new secret.")
class ClientWithSecret:
    client: ApiClient = strawberry.field(description="The client that the secret belongs to.")
    client_secret: str = strawberry.field(
        description="The secret for `client_secret_basic`. Keep it now: it is shown this once and never again."
    )

    @classmethod
    def of(cls, issued: IssuedClient) -> Self:
        return cls(client=ApiClient.of(issued.row), client_secret=issued.secret)
