"""The OAuth2 endpoints: tokens, revocation, introspection, public keys and metadata."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from authlib.oauth2 import rfc9207
from authlib.oauth2.rfc6749 import OAuth2Error
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata
from sqlalchemy.exc import TimeoutError as NoFreeConnection
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app.rules import client_assertions, dpop
from app.rules.auth_methods import AuthMethod
from app.rules.keyring import Keyring
from app.rules.scopes import Scope
from app.rules.tokens import AccessTokens
from app.store.database import Database
from app.web import introspection, oauth_request
from app.web.authorization_server import GRANT_TYPE, Issuing, TokenServer
from app.web.authorize import AUTHORIZATION_PATH
from app.web.client_authentication import METHODS, ClientAuthentication
from app.web.failed_attempts import FailedAttempts
from app.web.oauth_errors import BusyError
from app.web.oauth_request import FormRequest
from app.web.person_grants import CODE_GRANT, REFRESH_GRANT

TOKEN_PATH = "/oauth/token"  # noqa: S105 - a path
REVOCATION_PATH = "/oauth/revoke"
INTROSPECTION_PATH = "/oauth/introspect"
KEYS_PATH = "/oauth/jwks"
METADATA_PATH = "/.well-known/oauth-authorization-server"

# Seconds that others may keep the keys and the metadata.
PUBLIC_SECONDS = 300

Answerer = Callable[[AsyncSession, FormRequest, datetime], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class OAuth:
    """The authorization server of one exchange."""

    database: Database
    issuing: Issuing
    clock: Callable[[], datetime]

    @classmethod
    def of(
        cls, database: Database, access_tokens: AccessTokens, keyring: Keyring, clock: Callable[[], datetime]
    ) -> "OAuth":
        """Raises: ValueError unless the issuer's URL is https, or http on this machine."""
        metadata(access_tokens.issuer)
        authentication = ClientAuthentication(access_tokens.issuer, keyring, FailedAttempts())
        return cls(database, Issuing(access_tokens, authentication), clock)

    def routes(self) -> list[Route]:
        return [
            Route(TOKEN_PATH, self.token, methods=["POST"]),
            Route(REVOCATION_PATH, self.revoke, methods=["POST"]),
            Route(INTROSPECTION_PATH, self.introspect, methods=["POST"]),
            Route(KEYS_PATH, self.keys),
            Route(METADATA_PATH, self.metadata),
        ]

    async def token(self, request: Request) -> Response:
        return await self._answer(
            request, "grant_type", self._by(lambda server, form: server.create_token_response(form))
        )

    async def revoke(self, request: Request) -> Response:
        revoking = self._by(lambda server, form: server.create_endpoint_response("revocation", form))
        return await self._answer(request, "token", revoking)

    async def introspect(self, request: Request) -> Response:
        return await self._answer(request, "token", partial(introspection.answer, self.issuing))

    async def keys(self, _request: Request) -> Response:
        return _public(self.issuing.access_tokens.jwks())

    async def metadata(self, _request: Request) -> Response:
        return _public(metadata(self.issuing.access_tokens.issuer))

    async def _answer(self, request: Request, needed: str, answering: Answerer) -> Response:
        try:
            form = await oauth_request.read(request, needed, self.issuing.access_tokens.issuer)
        except OAuth2Error as error:
            return _refused(error)
        except ClientDisconnect:
            return Response(status_code=400)
        try:
            async with self.database.desk() as session:
                return await answering(session, form, self.clock())
        except OAuth2Error as error:
            return _refused(error)
        except NoFreeConnection:
            return _refused(BusyError())

    def _by(self, answer: Callable[[TokenServer, FormRequest], Response]) -> Answerer:
        """What Authlib answers, whose core is synchronous."""

        def answering(session: AsyncSession, form: FormRequest, at: datetime) -> Awaitable[Response]:
            return session.run_sync(lambda opened: answer(TokenServer(self.issuing, opened, at, form), form))

        return answering


def metadata(issuer: str) -> Mapping[str, object]:
    """What clients need to know (RFC 8414).

    Raises: ValueError unless the issuer's URL is https, or http on this machine.
    """
    stated = AuthorizationServerMetadata(
        issuer=issuer,
        token_endpoint=issuer + TOKEN_PATH,
        revocation_endpoint=issuer + REVOCATION_PATH,
        introspection_endpoint=issuer + INTROSPECTION_PATH,
        jwks_uri=issuer + KEYS_PATH,
        scopes_supported=[str(scope) for scope in Scope],
        authorization_endpoint=issuer + AUTHORIZATION_PATH,
        response_types_supported=["code"],
        response_modes_supported=["query"],
        code_challenge_methods_supported=["S256"],
        authorization_response_iss_parameter_supported=True,
        grant_types_supported=[GRANT_TYPE, CODE_GRANT, REFRESH_GRANT],
        **_authenticating("token", "revocation", "introspection"),
        dpop_signing_alg_values_supported=list(dpop.ALGORITHMS),
    )
    stated.validate([rfc9207.AuthorizationServerMetadata])
    return dict(stated)


def _authenticating(*endpoints: str) -> Mapping[str, object]:
    """How clients may authenticate there: alike everywhere, but that nobody learns of a token by a mere name."""
    stated = {}
    for endpoint in endpoints:
        methods = [str(m) for m in METHODS if m is not AuthMethod.NONE or endpoint != "introspection"]
        stated[f"{endpoint}_endpoint_auth_methods_supported"] = methods
        stated[f"{endpoint}_endpoint_auth_signing_alg_values_supported"] = list(client_assertions.ALGORITHMS)
    return stated


def _refused(error: OAuth2Error) -> Response:
    status, body, headers = error()
    return JSONResponse(body, status, dict(headers))


def _public(content: Mapping[str, object]) -> Response:
    return JSONResponse(content, headers={"Cache-Control": f"public, max-age={PUBLIC_SECONDS}"})
