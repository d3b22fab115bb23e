"""API clients as clients see them."""

from datetime import datetime
from typing import Self

import strawberry
from strawberry import federation

from app.graphql import reads
from app.graphql.reads import Shown
from app.graphql.types.base import Node
from app.graphql.types.participant import Participant
from app.rules import client_keys, ids
from app.services.clients import IssuedClient
from app.store import clients, participants
from app.store.tables.participant import ApiClientRow


@federation.type(
    requires_scopes=[["clients:manage"]],
    description="A program that acts for a participant; seen by that participant and the operator.",
)
class ApiClient(Shown, Node):
    kept = clients.by_ids
    row: strawberry.Private[ApiClientRow]

    id: strawberry.ID = reads.id(ids.Prefix.CLIENT, "Id of the client, which is also its OAuth2 client_id.")
    name: str = reads.column("What the program is called among people.")
    scopes: list[str] = reads.in_order("The most that its tokens may be used for, by name.")
    registered_at: datetime = reads.column("When the operator registered it, UTC.", "created_at")
    auth_method: str = reads.column(
        "How it authenticates to the authorization server, by its name in OAuth 2: `client_secret_basic`,"
        " `private_key_jwt` with one of its keys, or `none` where it cannot keep either."
    )
    key_ids: list[str] = reads.computed(
        client_keys.names,
        "public_keys",
        description="The `kid` of each public key that it may sign its assertions with; empty where it has a secret.",
        size=2,
    )
    requires_dpop: bool = reads.column(
        "Whether it only gets tokens that are bound to a key of its own by DPoP (RFC 9449)."
    )
    redirect_uris: list[str] = reads.in_order(
        "Where people who sign in with it may be sent back to; none where it only acts by itself."
    )
    secret_rotated_at: datetime = reads.column("Since when its present secret, or its present keys, are good, UTC.")
    disabled_at: datetime | None = reads.column("Since when it is shut out, UTC; null while it is not.")
    confined: bool = reads.column(
        "Whether it may send nothing but the ids of trusted documents of its participant and the operator."
    )
    changes_acknowledged_at: datetime | None = reads.column(
        "When it last said by `acknowledgeChanges` that it had applied what changed, UTC; null if it never did."
    )
    participant: Participant | None = reads.one(
        participants.by_ids, "participant_id", "The participant that the program acts for."
    )


@strawberry.type(description="A client with a new secret.")
class ClientWithSecret:
    client: ApiClient = strawberry.field(description="The client that the secret belongs to.")
    client_secret: str = strawberry.field(
        description="The secret for `client_secret_basic`. Keep it now: it is shown this once and never again."
    )

    @classmethod
    def of(cls, issued: IssuedClient) -> Self:
        return cls(client=ApiClient.of(issued.row), client_secret=issued.secret)
