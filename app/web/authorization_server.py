"""Authlib's authorization server, told who our clients are and what our tokens are."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from authlib.oauth2.rfc6749 import AuthorizationServer, ClientMixin
from authlib.oauth2.rfc6749.errors import InvalidRequestError
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from authlib.oauth2.rfc7009 import RevocationEndpoint
from sqlalchemy.orm import Session
from starlette.responses import JSONResponse, Response

from app.errors import Unauthenticated, WrongProof
from app.rules.auth_methods import AuthMethod
from app.rules.dpop import SCHEME
from app.rules.frontends import client_name
from app.rules.scopes import Scope
from app.rules.tokens import LIFETIME_SECONDS, AccessTokens, Claims
from app.services import person_tokens, proofs, tokens
from app.services.sign_ins import Desk
from app.store.clients import KnownClient
from app.store.tables.person import SignInRow
from app.web.client_authentication import ClientAuthentication
from app.web.oauth_errors import InvalidProofError
from app.web.oauth_request import FormRequest
from app.web.person_grants import PersonCodeGrant, PersonRefreshGrant, Proof

GRANT_TYPE = ClientCredentialsGrant.GRANT_TYPE


@dataclass(frozen=True, slots=True)
class Issuing:
    """What all requests for tokens need."""

    access_tokens: AccessTokens
    authentication: ClientAuthentication


class Client(ClientMixin):  # type: ignore[misc]  # Authlib has no types
    """A client that has authenticated, as Authlib asks about it."""

    def __init__(self, known: KnownClient) -> None:
        self.known = known

    def get_client_id(self) -> str:
        return client_name(self.known.id)

    def get_allowed_scope(self, scope: str | None) -> str | None:
        granted = tokens.grantable(self.known, scope)
        return None if granted is None else " ".join(sorted(granted))

    def check_grant_type(self, grant_type: str) -> bool:
        if grant_type == GRANT_TYPE:
            return not self.is_public
        return bool(self.known.redirect_uris)

    @property
    def is_public(self) -> bool:
        return self.known.auth_method is AuthMethod.NONE


class OwnRevocation(RevocationEndpoint):  # type: ignore[misc]  # Authlib has no types
    """Clients revoke their own tokens; what is no token of ours, or has expired, needs no revoking."""

    def check_params(self, request: FormRequest, _client: Client) -> None:
        # The hint is left alone: our tokens tell by themselves, and a wrong hint is no error (RFC 7009, section 2.1).
        if "token" not in request.form:
            raise InvalidRequestError("The parameter token is missing.")

    def query_token(self, token_string: str, _hint: str | None) -> "OwnedToken | OwnedSignIn | None":
        try:
            return OwnedToken(self.server.issuing.access_tokens.check(token_string, self.server.at))
        except Unauthenticated:
            row = person_tokens.of_refresh_token(self.server.desk, token_string)
            return None if row is None else OwnedSignIn(row)

    def revoke_token(self, token: "OwnedToken | OwnedSignIn", _request: FormRequest) -> None:
        token.revoke(self.server.desk)


@dataclass(frozen=True, slots=True)
class OwnedToken:
    claims: Claims

    def check_client(self, client: Client) -> bool:
        return self.claims.client_id == client.known.id

    def revoke(self, desk: Desk) -> None:
        tokens.revoke(desk.session, self.claims)


@dataclass(frozen=True, slots=True)
class OwnedSignIn:
    """What a refresh token stands for."""

    row: SignInRow

    def check_client(self, client: Client) -> bool:
        return self.row.client_id == client.known.id

    def revoke(self, desk: Desk) -> None:
        person_tokens.end(desk, self.row)


class TokenServer(AuthorizationServer):  # type: ignore[misc]  # Authlib has no types
    """The server for one request: Authlib's core is synchronous, so it works inside `AsyncSession.run_sync`."""

    def __init__(self, issuing: Issuing, session: Session, at: datetime, request: FormRequest) -> None:
        super().__init__(scopes_supported=[str(scope) for scope in Scope])
        self.issuing = issuing
        self.session = session
        self.at = at
        self.desk = Desk(session, issuing.authentication.keyring, at)
        self.request = request
        # The key to which the token is bound that is issued, if it is to one.
        self.bound_to: str | None = None
        self.register_grant(ClientCredentialsGrant)
        self.register_grant(PersonCodeGrant, [Proof()])
        self.register_grant(PersonRefreshGrant)
        self.register_endpoint(OwnRevocation)
        generator = BearerTokenGenerator(self._issued, expires_generator=LIFETIME_SECONDS)
        self.register_token_generator("default", generator)

    def authenticate_client(self, request: FormRequest, _methods: object, _endpoint: str = "token") -> Client:
        """In the same ways at each endpoint."""
        return Client(self.issuing.authentication.client_behind(self.session, request, self.at))

    def query_client(self, _client_id: str) -> None:
        """Never asked: a client is looked up together with what it shows."""
        raise NotImplementedError

    def generate_token(self, *, client: Client, **asked: Any) -> dict[str, Any]:
        """Of the type that says whether it is bound to a key (RFC 9449, section 5).

        Raises: InvalidProofError.
        """
        self.bind(client.known)
        token: dict[str, Any] = super().generate_token(client=client, **asked)
        return token | {"token_type": self.token_type}

    def bind(self, known: KnownClient) -> None:
        """To the key that the request proves to have, where it does or the client has to. Raises: InvalidProofError."""
        if self.request.proofs or known.requires_dpop:
            self.bound_to = self._shown_key()

    @property
    def token_type(self) -> str:
        return "Bearer" if self.bound_to is None else SCHEME

    def save_token(self, _token: dict[str, Any], _request: FormRequest) -> None:
        """Tokens prove themselves; only those that were revoked are kept."""

    def send_signal(self, _name: str, *_args: object, **_named: object) -> None:
        """Nobody listens."""

    def create_oauth2_request(self, request: FormRequest) -> FormRequest:
        return request

    def handle_response(self, status: int, body: Mapping[str, Any], headers: list[tuple[str, str]]) -> Response:
        return JSONResponse(body, status, dict(headers))

    def _shown_key(self) -> str:
        try:
            return proofs.shown_key(self.session, self.request.proofs, ("POST", self.request.uri), self.at)
        except WrongProof as wrong:
            raise InvalidProofError(wrong.message) from None

    def _issued(self, client: Client, scope: str, **_about: object) -> str:
        return self.issuing.access_tokens.issue(client.known.id, scope.split(), self.at, self.bound_to)
