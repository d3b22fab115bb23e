"""How a client shows that it is itself: by its secret, by an assertion that it signed with a key of its own, or, where
it can keep neither, by its name alone."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from app.rules import client_assertions
from app.rules.auth_methods import AuthMethod
from app.rules.client_assertions import WrongAssertion
from app.rules.keyring import Keyring
from app.rules.signed_jwts import NotGenuine
from app.services import tokens
from app.store.clients import KnownClient
from app.web.failed_attempts import FailedAttempts
from app.web.oauth_errors import TooManyAttemptsError, UnknownClientError
from app.web.oauth_request import FormRequest

METHODS = tuple(AuthMethod)

# Characters of a name under which failures are counted; the name of a client has 36.
MAX_COUNTED_NAME = 64


@dataclass(frozen=True, slots=True)
class ClientAuthentication:
    """What all requests of clients are judged by."""

    issuer: str
    keyring: Keyring = field(repr=False)
    attempts: FailedAttempts

    def client_behind(self, session: Session, request: FormRequest, at: datetime) -> KnownClient:
        """Synchronous, as Authlib's core is; needs no viewer.

        Raises: UnknownClientError, TooManyAttemptsError.
        """
        if request.assertion is not None:
            return self._by_assertion(session, request.assertion, at)
        if request.credentials is None:
            return self._by_name(session, request.form.get("client_id", ""))
        name, secret = request.credentials.name, request.credentials.secret
        known = tokens.recognise(session, self.keyring, name, secret)
        if known is None:
            raise self._failed(name, UnknownClientError(), at)
        return known

    def _by_name(self, session: Session, name: str) -> KnownClient:
        """One that cannot show anything else."""
        known = tokens.frontend(session, self.issuer, name)
        if known is None or known.auth_method is not AuthMethod.NONE:
            raise UnknownClientError
        return known

    def _by_assertion(self, session: Session, assertion: str, at: datetime) -> KnownClient:
        name = client_assertions.stated_name(assertion)
        try:
            return tokens.recognise_by_key(session, (name, assertion), self.issuer, at)
        except NotGenuine:
            raise self._failed(name, UnknownClientError(), at) from None
        except WrongAssertion as wrong:
            raise self._failed(name, UnknownClientError(wrong.told), at) from None

    def _failed(self, name: str, error: UnknownClientError, at: datetime) -> UnknownClientError | TooManyAttemptsError:
        """One more failure in this name. Only what fails is ever told to wait, so nobody can shut a client out."""
        seconds = self.attempts.note(name[:MAX_COUNTED_NAME], at)
        return TooManyAttemptsError(seconds) if seconds else error
