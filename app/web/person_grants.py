"""The grants by which a program gets tokens for a person: a code at first, then refresh tokens."""

from dataclasses import dataclass
from typing import Any

from authlib.oauth2.rfc6749 import InvalidGrantError
from authlib.oauth2.rfc6749.errors import InvalidRequestError
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant, RefreshTokenGrant
from authlib.oauth2.rfc7636 import CodeChallenge

from app.rules.tokens import LIFETIME_SECONDS
from app.services import person_tokens
from app.services.person_tokens import AtProgram
from app.services.sign_ins import Desk
from app.store.tables.person import RefreshTokenRow, SignInRow

CODE_GRANT = AuthorizationCodeGrant.GRANT_TYPE
REFRESH_GRANT = RefreshTokenGrant.GRANT_TYPE


@dataclass(frozen=True, slots=True)
class ShownCode:
    """The sign-in behind a code, as Authlib asks about it."""

    row: SignInRow
    at_program: AtProgram
    code_challenge_method: str = "S256"

    @property
    def code_challenge(self) -> str:
        return self.row.challenge

    def get_redirect_uri(self) -> str:
        return self.row.redirect_uri

    def get_scope(self) -> str:
        return " ".join(sorted(self.at_program.scopes))


@dataclass(frozen=True, slots=True)
class ShownRefreshToken:
    """The sign-in behind a refresh token, as Authlib asks about it."""

    row: RefreshTokenRow
    at_program: AtProgram

    def check_client(self, _client: object) -> bool:
        """It was looked for among this client's own."""
        return True

    def get_scope(self) -> str:
        return " ".join(sorted(self.at_program.scopes))


class PersonCodeGrant(AuthorizationCodeGrant):  # type: ignore[misc]  # Authlib has no types
    def query_authorization_code(self, code: str, client: Any) -> ShownCode | None:
        desk = self.server.desk
        row = person_tokens.by_code(desk, client.known, code)
        at_program = None if row is None else person_tokens.at_program(desk, client.known, row)
        return None if row is None or at_program is None else ShownCode(row, at_program)

    def authenticate_user(self, code: ShownCode) -> AtProgram:
        return code.at_program

    def generate_token(self, user: AtProgram, scope: str, **_about: object) -> dict[str, Any]:
        return _tokens(self.server, user, scope, None)

    def delete_authorization_code(self, code: ShownCode) -> None:
        person_tokens.spend_code(self.server.desk, code.row)


class PersonRefreshGrant(RefreshTokenGrant):  # type: ignore[misc]  # Authlib has no types
    def authenticate_refresh_token(self, refresh_token: str) -> ShownRefreshToken | None:
        desk, client = self.server.desk, self.request.client.known
        found = person_tokens.by_refresh_token(desk, client, refresh_token)
        at_program = None if found is None else person_tokens.at_program(desk, client, found[0])
        return None if found is None or at_program is None else ShownRefreshToken(found[1], at_program)

    def authenticate_user(self, token: ShownRefreshToken) -> AtProgram:
        return token.at_program

    def issue_token(self, user: AtProgram, token: ShownRefreshToken) -> dict[str, Any]:
        return _tokens(self.server, user, self.request.payload.scope or token.get_scope(), token.row)

    def revoke_old_credential(self, _token: ShownRefreshToken) -> None:
        """It was used when the next one was made."""


class Proof(CodeChallenge):  # type: ignore[misc]  # Authlib has no types
    """Everybody proves that it began the sign-in, confidential programs too; nothing but S256 is kept with a code."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)

    def validate_code_verifier(self, grant: Any, result: Any) -> None:
        if not grant.request.form.get("code_verifier"):
            raise InvalidRequestError("The parameter code_verifier is missing.")
        super().validate_code_verifier(grant, result)


def _tokens(server: Any, user: AtProgram, scope: str, before: RefreshTokenRow | None) -> dict[str, Any]:
    desk: Desk = server.desk
    server.bind(user.client)
    if not person_tokens.holds(desk, user, server.bound_to):
        raise InvalidGrantError("The sign-in began with another key.")
    scopes = frozenset(scope.split())
    if not scopes:
        raise InvalidGrantError("The person has none of these scopes any more.")
    access_token = server.issuing.access_tokens.issue(user.client.id, scopes, desk.at, server.bound_to, who=user.who)
    return {
        "token_type": server.token_type,
        "access_token": access_token,
        "expires_in": LIFETIME_SECONDS,
        "refresh_token": person_tokens.next_refresh_token(desk, user.row, before),
        "scope": " ".join(sorted(scopes)),
    }
