"""Authlib's authorization server, told how our clients authenticate and what our tokens are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from authlib.oauth2.rfc6749 import AuthorizationServer, ClientMixin, OAuth2Error, OAuth2Request
from authlib.oauth2.rfc6749.errors import InvalidClientError, InvalidRequestError
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from authlib.oauth2.rfc7009 import RevocationEndpoint
from sqlalchemy.orm import Session
from starlette.responses import JSONResponse, Response

from app.errors import Unauthenticated
from app.rules.frontends import client_name
from app.rules.keyring import Keyring
from app.rules.scopes import Scope
from app.rules.tokens import LIFETIME_SECONDS, AccessTokens, Claims
from app.services import sign_ins, tokens
from app.services.sign_ins import Desk
from app.store.clients import KnownClient
from app.store.tables.person import SignInRow
from app.web.failed_attempts import FailedAttempts
from app.web.oauth_request import Credentials
from app.web.person_grants import PersonCodeGrant, PersonRefreshGrant, Proof
from app.web.refusals import BUSY_SECONDS

AUTH_METHOD = "client_secret_basic"
# Of programs that cannot keep a secret.
PUBLIC = "none"
GRANT_TYPE = ClientCredentialsGrant.GRANT_TYPE


@dataclass(frozen=True, slots=True)
class Issuing:
    """What all requests for tokens need."""

    access_tokens: AccessTokens
    keyring: Keyring = field(repr=False)
    attempts: FailedAttempts


class FormRequest(OAuth2Request):  # type: ignore[misc]  # Authlib has no types
    """A request whose form and credentials were read already."""

    def __init__(self, uri: str, form: Mapping[str, str], credentials: Credentials | None) -> None:
        super().__init__("POST", uri)
        self.payload = BasicOAuth2Payload(dict(form))
        self.credentials = credentials

    @property
    def form(self) -> Mapping[str, str]:
        parameters: Mapping[str, str] = self.payload.data
        return parameters


class Client(ClientMixin):  # type: ignore[misc]  # Authlib has no types
    """A client that has shown its secret, or has none, as Authlib asks about it."""

    def __init__(self, known: KnownClient) -> None:
        self.known = known

    def get_client_id(self) -> str:
        return client_name(self.known.id)

    def get_allowed_scope(self, scope: str | None) -> str | None:
        granted = tokens.grantable(self.known, scope)
        return None if granted is None else " ".join(sorted(granted))

    def check_endpoint_auth_method(self, method: str, _endpoint: str) -> bool:
        return method == (PUBLIC if self.is_public else AUTH_METHOD)

    def check_grant_type(self, grant_type: str) -> bool:
        if grant_type == GRANT_TYPE:
            return not self.is_public
        return bool(self.known.redirect_uris)

    @property
    def is_public(self) -> bool:
        return self.known.secret_digest is None


class UnknownClientError(InvalidClientError):  # type: ignore[misc]  # Authlib has no types
    """Without a client, with an unknown one and with a wrong secret, it is the same answer."""

    def __init__(self) -> None:
        super().__init__("Authenticate with client_secret_basic; the client or its secret is wrong.", status_code=401)

    def get_headers(self) -> list[tuple[str, str]]:
        headers: list[tuple[str, str]] = OAuth2Error.get_headers(self)
        return [*headers, ("WWW-Authenticate", 'Basic realm="lantern", charset="UTF-8"')]


class TooManyAttemptsError(OAuth2Error):  # type: ignore[misc]  # Authlib has no types
    error = "slow_down"

    def __init__(self, seconds: int) -> None:
        super().__init__("Too many wrong secrets in the name of this client; wait.", status_code=429)
        self.seconds = seconds

    def get_headers(self) -> list[tuple[str, str]]:
        headers: list[tuple[str, str]] = super().get_headers()
        return [*headers, ("Retry-After", str(self.seconds))]


class BusyError(OAuth2Error):  # type: ignore[misc]  # Authlib has no types
    error = "temporarily_unavailable"

    def __init__(self) -> None:
        super().__init__("The exchange is busy. Try again in a moment.", status_code=503)

    def get_headers(self) -> list[tuple[str, str]]:
        headers: list[tuple[str, str]] = super().get_headers()
        return [*headers, ("Retry-After", str(BUSY_SECONDS))]


class OwnRevocation(RevocationEndpoint):  # type: ignore[misc]  # Authlib has no types
    """Clients revoke their own tokens; what is no token of ours, or has expired, needs no revoking."""

    CLIENT_AUTH_METHODS = (PUBLIC, AUTH_METHOD)

    def check_params(self, request: FormRequest, _client: Client) -> None:
        # The hint is left alone: our tokens tell by themselves, and a wrong hint is no error (RFC 7009, section 2.1).
        if "token" not in request.form:
            raise InvalidRequestError("The parameter token is missing.")

    def query_token(self, token_string: str, _hint: str | None) -> "OwnedToken | OwnedSignIn | None":
        try:
            return OwnedToken(self.server.issuing.access_tokens.check(token_string, self.server.at))
        except Unauthenticated:
            row = sign_ins.of_refresh_token(self.server.desk, token_string)
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
        sign_ins.end(desk, self.row)


class TokenServer(AuthorizationServer):  # type: ignore[misc]  # Authlib has no types
    """The server for one request: Authlib's core is synchronous, so it works inside `AsyncSession.run_sync`."""

    def __init__(self, issuing: Issuing, session: Session, at: datetime) -> None:
        super().__init__(scopes_supported=[str(scope) for scope in Scope])
        self.issuing = issuing
        self.session = session
        self.at = at
        self.desk = Desk(session, issuing.keyring, at)
        self.register_client_auth_method(AUTH_METHOD, self._authenticated)
        self.register_client_auth_method(PUBLIC, self._named)
        self.register_grant(ClientCredentialsGrant)
        self.register_grant(PersonCodeGrant, [Proof()])
        self.register_grant(PersonRefreshGrant)
        self.register_endpoint(OwnRevocation)
        generator = BearerTokenGenerator(self._issued, expires_generator=LIFETIME_SECONDS)
        self.register_token_generator("default", generator)

    def query_client(self, _client_id: str) -> None:
        """Never asked: a client is looked up together with its secret."""
        raise NotImplementedError

    def save_token(self, _token: dict[str, Any], _request: FormRequest) -> None:
        """Tokens prove themselves; only those that were revoked are kept."""

    def send_signal(self, _name: str, *_args: object, **_named: object) -> None:
        """Nobody listens."""

    def create_oauth2_request(self, request: FormRequest) -> FormRequest:
        return request

    def handle_response(self, status: int, body: Mapping[str, Any], headers: list[tuple[str, str]]) -> Response:
        return JSONResponse(body, status, dict(headers))

    def _authenticated(self, _query_client: object, request: FormRequest) -> Client:
        """Raises: UnknownClientError, TooManyAttemptsError."""
        shown_credentials = request.credentials
        if shown_credentials is None:
            raise UnknownClientError
        name, secret = shown_credentials.name, shown_credentials.secret
        known = tokens.recognise(self.session, self.issuing.keyring, name, secret)
        if known is not None:
            return Client(known)
        seconds = self.issuing.attempts.note(name, self.at)
        raise TooManyAttemptsError(seconds) if seconds else UnknownClientError

    def _named(self, _query_client: object, request: FormRequest) -> Client | None:
        """One that cannot show anything but its name; null for any other, which has to show a secret."""
        if request.credentials is not None:
            return None
        named = tokens.frontend(self.session, self.issuing.access_tokens.issuer, request.form.get("client_id", ""))
        client = None if named is None else Client(named)
        return client if client is not None and client.is_public else None

    def _issued(self, client: Client, scope: str, **_about: object) -> str:
        return self.issuing.access_tokens.issue(client.known.id, scope.split(), self.at)
