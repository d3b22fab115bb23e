"""Registering API clients, rotating their secrets, shutting them out."""

from typing import Annotated, TypeAlias

import strawberry

from app.graphql.context import Info
from app.graphql.operations.fields import mutation
from app.graphql.types.client import ApiClient, ClientWithSecret
from app.graphql.types.problem import Conflict, Forbidden, InvalidInput, NotFound
from app.rules import ids, scopes
from app.rules.ids import Prefix
from app.rules.names import MAX_NAME_LENGTH
from app.rules.scopes import Scope
from app.services import clients
from app.services.clients import ClientDraft


@strawberry.input(description="A program that will act for a participant.")
class RegisterClientInput:
    participant_id: strawberry.ID = strawberry.field(description="The participant that it will act for.")
    name: str = strawberry.field(
        description=f"What people call the program, 1 to {MAX_NAME_LENGTH} printable characters."
    )
    scopes: list[str] = strawberry.field(
        description="What its tokens may be used for, such as `signals:read`; at least one, and only such as the"
        " class of the participant allows. With `signals:reveal` you grant it to see person-level values."
    )

    def draft(self) -> ClientDraft:
        participant_id = ids.read_or_nothing(Prefix.PARTICIPANT, self.participant_id)
        return ClientDraft(participant_id, self.name, scopes.parse(self.scopes))


@strawberry.input(description="The client that gets a new secret.")
class RotateClientSecretInput:
    client_id: strawberry.ID = strawberry.field(description="A client of yours; for the operator, any client.")


@strawberry.input(description="The client that is shut out.")
class DisableClientInput:
    client_id: strawberry.ID = strawberry.field(description="One of your own clients, or as the operator any.")


RegisterClientResult: TypeAlias = Annotated[
    ClientWithSecret | InvalidInput | NotFound | Forbidden,
    strawberry.union("RegisterClientResult", description="The client with its secret, or why there is none."),
]
RotateClientSecretResult: TypeAlias = Annotated[
    ClientWithSecret | NotFound | Conflict | Forbidden,
    strawberry.union("RotateClientSecretResult", description="The client with its new secret, or why it kept the old."),
]
DisableClientResult: TypeAlias = Annotated[
    ApiClient | NotFound | Forbidden,
    strawberry.union("DisableClientResult", description="The client, now shut out, or why it is not."),
]


@strawberry.type
class ClientMutation:
    @mutation(Scope.CLIENTS_MANAGE, description="Register a program that acts for a participant. For operators.")
    async def register_client(self, info: Info, input: RegisterClientInput) -> RegisterClientResult:
        draft = input.draft()
        async with info.context.write() as session:
            issued = await clients.register(session, info.context.actor, info.context.keyring, draft)
        return ClientWithSecret.of(issued)

    @mutation(
        Scope.CLIENTS_MANAGE,
        description="Replace the secret of a client at once. Tokens had with the old one last up to 10 minutes more.",
    )
    async def rotate_client_secret(self, info: Info, input: RotateClientSecretInput) -> RotateClientSecretResult:
        id = ids.read_or_nothing(Prefix.CLIENT, input.client_id)
        async with info.context.write() as session:
            issued = await clients.rotate_secret(session, info.context.actor, info.context.keyring, id)
        return ClientWithSecret.of(issued)

    @mutation(Scope.CLIENTS_MANAGE, description="Shut a client out, with all its tokens, at once and for good.")
    async def disable_client(self, info: Info, input: DisableClientInput) -> DisableClientResult:
        id = ids.read_or_nothing(Prefix.CLIENT, input.client_id)
        async with info.context.write() as session:
            row = await clients.disable(session, info.context.actor, id)
        return ApiClient.of(row)
