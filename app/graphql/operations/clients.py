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

    confined: bool = strawberry.field(
        default=False, description="Whether it may send nothing but ids of trusted documents; no by default."
    )

    def draft(self) -> ClientDraft:
        participant_id = ids.read_or_nothing(Prefix.PARTICIPANT, self.participant_id)
        return ClientDraft(participant_id, self.name, scopes.parse(self.scopes), self.confined)


@strawberry.input(description="The client that gets a new secret.")
class RotateClientSecretInput:
    client_id: strawberry.ID = strawberry.field(description="A client of yours; for the operator, any client.")


@strawberry.input(description="The client that is shut out.")
class DisableClientInput:
    client_id: strawberry.ID = strawberry.field(description="One of your own clients, or as the operator any.")


@strawberry.input(description="Whether a client may send documents of its own making.")
class ConfineClientInput:
    client_id: strawberry.ID = strawberry.field(description="A client of your participant; for the operator, any.")
    confined: bool = strawberry.field(
        description="True confines it to the trusted documents of its participant and the operator; false frees it."
    )


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

ConfineClientResult: TypeAlias = Annotated[
    ApiClient | NotFound | Forbidden,
    strawberry.union("ConfineClientResult", description="The client as it now is, or why it stays as it was."),
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

    @mutation(
        Scope.CLIENTS_MANAGE,
        description="Confine a client to trusted documents, with all its tokens and at once, or free it. Freeing takes"
        " an active participant; confining is for all.",
    )
    async def confine_client(self, info: Info, input: ConfineClientInput) -> ConfineClientResult:
        id = ids.read_or_nothing(Prefix.CLIENT, input.client_id)
        async with info.context.write() as session:
            row = await clients.confine(session, info.context.actor, id, input.confined)
        return ApiClient.of(row)
