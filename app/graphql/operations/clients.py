"""Registering API clients, replacing their secrets and keys, binding their tokens, shutting them out."""

from typing import Annotated, TypeAlias

import strawberry

from app.graphql.context import Info
from app.graphql.operations.fields import listed, mutation, wants
from app.graphql.paging import DEFAULT_FIRST, After, First
from app.graphql.types.base import Connection
from app.graphql.types.client import ApiClient, ClientWithSecret
from app.graphql.types.problem import Conflict, Forbidden, InvalidInput, NotFound
from app.rules import client_keys, ids, scopes
from app.rules.client_keys import MAX_KEYS
from app.rules.clients import ClientFilter
from app.rules.frontends import MAX_REDIRECT_URIS
from app.rules.ids import Prefix
from app.rules.names import MAX_NAME_LENGTH
from app.rules.scopes import Scope
from app.services import clients
from app.services.clients import ClientDraft

A_KEY_SET = (
    f"A JWK Set as JSON text, of 1 to {MAX_KEYS} public keys, each with a `kid`: EC on P-256 or P-384, OKP on Ed25519,"
    " or RSA of at least 2,048 bits. A private part is refused and not kept."
)

AN_ADDRESS = (
    f"Up to {MAX_REDIRECT_URIS}, each https, or http on the person's own machine, compared character by character; one"
    " on 127.0.0.1 or [::1] without a port stands for all ports there."
)


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
    requires_dpop: bool = strawberry.field(
        default=False,
        description="Whether it shall only get tokens that are bound to a key of its own by DPoP (RFC 9449).",
    )
    redirect_uris: list[str] = strawberry.field(
        default_factory=list, description=f"Where people who sign in with it are sent back to, if any do. {AN_ADDRESS}"
    )

    def draft(self) -> ClientDraft:
        return _draft(self)


@strawberry.input(description="A program that will act for a participant, and authenticate with keys of its own.")
class RegisterKeyClientInput:
    participant_id: strawberry.ID = strawberry.field(description="The participant for which it will act.")
    name: str = strawberry.field(description=f"Its name among people, 1 to {MAX_NAME_LENGTH} printable characters.")
    scopes: list[str] = strawberry.field(
        description="The most that its tokens may be used for, as for a client that has a secret."
    )
    public_keys: str = strawberry.field(description=f"What it will authenticate with. {A_KEY_SET}")
    confined: bool = strawberry.field(
        default=False,
        description="Whether it is confined to trusted documents from the beginning; no by default.",
    )
    requires_dpop: bool = strawberry.field(
        default=False,
        description="Whether all its tokens shall be bound to a key of its own by DPoP (RFC 9449).",
    )
    redirect_uris: list[str] = strawberry.field(
        default_factory=list, description=f"Where it gets people back after they signed in, if any do. {AN_ADDRESS}"
    )

    def draft(self) -> ClientDraft:
        return _draft(self)


def _draft(of: RegisterClientInput | RegisterKeyClientInput) -> ClientDraft:
    participant_id, uris = ids.read_or_nothing(Prefix.PARTICIPANT, of.participant_id), tuple(of.redirect_uris)
    return ClientDraft(participant_id, of.name, scopes.parse(of.scopes), of.requires_dpop, of.confined, uris)


@strawberry.input(description="A program of a participant in which people sign in, and that cannot keep a secret.")
class RegisterPublicClientInput:
    participant_id: strawberry.ID = strawberry.field(description="The participant whose people will sign in with it.")
    name: str = strawberry.field(
        description=f"What people are shown when they sign in, 1 to {MAX_NAME_LENGTH} printable characters."
    )
    scopes: list[str] = strawberry.field(
        description="The most that it may be let do by a person, who lets it do no more than its roles allow."
    )
    redirect_uris: list[str] = strawberry.field(description=f"Where it gets people back; at least one. {AN_ADDRESS}")
    confined: bool = strawberry.field(
        default=False,
        description="Whether it may only name trusted documents, for whoever signs in with it; no by default.",
    )

    def draft(self) -> ClientDraft:
        participant_id, uris = ids.read_or_nothing(Prefix.PARTICIPANT, self.participant_id), tuple(self.redirect_uris)
        return ClientDraft(
            participant_id, self.name, scopes.parse(self.scopes), confined=self.confined, redirect_uris=uris
        )


@strawberry.input(description="The client that gets a new secret.")
class RotateClientSecretInput:
    client_id: strawberry.ID = strawberry.field(description="A client of yours; for the operator, any client.")


@strawberry.input(description="The client that gets new keys.")
class SetClientKeysInput:
    client_id: strawberry.ID = strawberry.field(
        description="Whose keys they are: a client of yours, or any for operators."
    )
    public_keys: str = strawberry.field(
        description=f"All that are good from now on; to change one, send old and new together first. {A_KEY_SET}"
    )


@strawberry.input(description="The client whose tokens are bound, or need not be.")
class SetClientRequiresDpopInput:
    client_id: strawberry.ID = strawberry.field(
        description="Whose tokens: those of a client of yours; operators name any."
    )
    requires_dpop: bool = strawberry.field(
        description="Whether it shall only get tokens that are bound to a key of its own. Only operators take it back."
    )


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
RegisterKeyClientResult: TypeAlias = Annotated[
    ApiClient | InvalidInput | NotFound | Forbidden,
    strawberry.union("RegisterKeyClientResult", description="The client that was registered, or why there is none."),
]
RegisterPublicClientResult: TypeAlias = Annotated[
    ApiClient | InvalidInput | NotFound | Forbidden,
    strawberry.union("RegisterPublicClientResult", description="The program, or why it was not registered."),
]
RotateClientSecretResult: TypeAlias = Annotated[
    ClientWithSecret | NotFound | Conflict | Forbidden,
    strawberry.union("RotateClientSecretResult", description="The client with its new secret, or why it kept the old."),
]
SetClientKeysResult: TypeAlias = Annotated[
    ApiClient | InvalidInput | NotFound | Conflict | Forbidden,
    strawberry.union("SetClientKeysResult", description="The client with its new keys, or why it did not get them."),
]
SetClientRequiresDpopResult: TypeAlias = Annotated[
    ApiClient | NotFound | Conflict | Forbidden,
    strawberry.union("SetClientRequiresDpopResult", description="The client as it is now, or why it did not change."),
]
DisableClientResult: TypeAlias = Annotated[
    ApiClient | NotFound | Forbidden,
    strawberry.union("DisableClientResult", description="The client, now shut out, or why it is not."),
]

ConfineClientResult: TypeAlias = Annotated[
    ApiClient | NotFound | Forbidden,
    strawberry.union("ConfineClientResult", description="The client as it now is, or why it stays as it was."),
]


WhoseClients = Annotated[
    strawberry.ID | None, strawberry.argument(description="Only programs of this participant; for the operator.")
]


@strawberry.type
class ClientQuery:
    @listed(clients.find, description="The API clients of your participant, for the operator of all, the oldest first.")
    def clients(
        self, participant_id: WhoseClients = None, first: First = DEFAULT_FIRST, after: After = None
    ) -> Connection[ApiClient]:
        given = None if participant_id is None else ids.read_or_nothing(Prefix.PARTICIPANT, participant_id)
        return wants(ClientFilter(given))


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
        description="Register a program that authenticates by `private_key_jwt`, so that nobody has to keep a secret of"
        " it. For operators.",
    )
    async def register_key_client(self, info: Info, input: RegisterKeyClientInput) -> RegisterKeyClientResult:
        draft, keys = input.draft(), client_keys.parse(input.public_keys)
        async with info.context.write() as session:
            row = await clients.register_with_keys(session, info.context.actor, draft, keys)
        return ApiClient.of(row)

    @mutation(
        Scope.CLIENTS_MANAGE,
        description="Register a program in which people sign in and that cannot keep a secret, as it runs in a browser"
        " or on their machine. It never acts by itself. For operators.",
    )
    async def register_public_client(self, info: Info, input: RegisterPublicClientInput) -> RegisterPublicClientResult:
        draft = input.draft()
        async with info.context.write() as session:
            row = await clients.register_public(session, info.context.actor, draft)
        return ApiClient.of(row)

    @mutation(
        Scope.CLIENTS_MANAGE,
        description="Replace the secret of a client at once. Tokens had with the old one last up to 10 minutes more.",
    )
    async def rotate_client_secret(self, info: Info, input: RotateClientSecretInput) -> RotateClientSecretResult:
        id = ids.read_or_nothing(Prefix.CLIENT, input.client_id)
        async with info.context.write() as session:
            issued = await clients.rotate_secret(session, info.context.actor, info.context.keyring, id)
        return ClientWithSecret.of(issued)

    @mutation(
        Scope.CLIENTS_MANAGE,
        description="Replace the public keys of a client at once; one that had a secret has none any more. Tokens had"
        " before last up to 10 minutes more.",
    )
    async def set_client_keys(self, info: Info, input: SetClientKeysInput) -> SetClientKeysResult:
        id, keys = ids.read_or_nothing(Prefix.CLIENT, input.client_id), client_keys.parse(input.public_keys)
        async with info.context.write() as session:
            row = await clients.set_keys(session, info.context.actor, id, keys)
        return ApiClient.of(row)

    @mutation(
        Scope.CLIENTS_MANAGE,
        description="Let a client have only tokens that are bound to a key of its own by DPoP. Unbound ones that it has"
        " last up to 10 minutes more.",
    )
    async def set_client_requires_dpop(
        self, info: Info, input: SetClientRequiresDpopInput
    ) -> SetClientRequiresDpopResult:
        id = ids.read_or_nothing(Prefix.CLIENT, input.client_id)
        async with info.context.write() as session:
            row = await clients.set_requires_dpop(session, info.context.actor, id, input.requires_dpop)
        return ApiClient.of(row)

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
