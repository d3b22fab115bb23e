"""How a person signs in for a program on its own machine: by browser, with an authorization code and PKCE."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from urllib.parse import urlencode

import httpx

from . import addresses
from .authority import TokenRequest
from .conversation import ANSWER_SECONDS
from .errors import NotSignedIn, Unreachable

AUTHORIZATION_PATH = "/oauth/authorize"
REVOCATION_PATH = "/oauth/revoke"
# The program that comes with each exchange, for this command line.
COMMAND_LINE = "lantern-cli"


def _random() -> str:
    return secrets.token_urlsafe(32)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One sign-in. State and verifier never leave this process, but for the state's way through the browser."""

    client_id: str
    redirect_uri: str
    issuer: str
    state: str = field(default_factory=_random, repr=False)
    verifier: str = field(default_factory=_random, repr=False)

    def address(self, url: str) -> str:
        """Where the person goes to; the exchange offers all that person and program may do."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "state": self.state,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        return f"{url}{AUTHORIZATION_PATH}?{urlencode(query)}"

    def is_answered_by(self, came: Mapping[str, str]) -> bool:
        """Whether the browser brings the answer to this request, rather than something that a page made up."""
        state, issuer = came.get("state", ""), came.get("iss", "")
        return hmac.compare_digest(state.encode(), self.state.encode()) and issuer == self.issuer

    def authority(self, came: Mapping[str, str]) -> "AuthorizationCode":
        """Who asks from here on. Raises: NotSignedIn if the person or the exchange said no."""
        if "code" not in came:
            said = came.get("error_description") or came.get("error") or "no reason was given"
            raise NotSignedIn(f"The exchange signed nobody in: {said}")
        return AuthorizationCode(self.client_id, came["code"], self.redirect_uri, self.verifier)


@dataclass(slots=True)
class AuthorizationCode:
    """A person who has just signed in. The code is good once; what the person goes on with is in `refresh_token`."""

    client_id: str
    code: str = field(repr=False)
    redirect_uri: str
    verifier: str = field(repr=False)
    refresh_token: str | None = field(default=None, repr=False)

    def request(self, issuer: str) -> TokenRequest:
        return TokenRequest(
            {
                "grant_type": "authorization_code",
                "client_id": self.client_id,
                "code": self.code,
                "redirect_uri": self.redirect_uri,
                "code_verifier": self.verifier,
            }
        )

    def took(self, answer: Mapping[str, object]) -> None:
        token = answer.get("refresh_token")
        self.refresh_token = token if isinstance(token, str) else None

    def turn(self) -> AbstractContextManager[object]:
        return nullcontext()


def revoke(url: str, client_id: str, refresh_token: str) -> None:
    """End a sign-in (RFC 7009). Raises: Unreachable."""
    form = {"token": refresh_token, "token_type_hint": "refresh_token", "client_id": client_id}
    try:
        proxies = addresses.may_use_proxies(url)
        answer = httpx.post(url + REVOCATION_PATH, data=form, timeout=ANSWER_SECONDS, trust_env=proxies)
    except httpx.RequestError:
        raise Unreachable(f"The exchange does not answer at {url}.") from None
    if answer.status_code != 200:
        raise Unreachable(f"The exchange did not end the sign-in, with status {answer.status_code}.")
