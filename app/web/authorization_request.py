"""What a program asks of a person by sending it to us: read and checked as a whole before anything is shown."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from sqlalchemy.orm import Session
from starlette.requests import Request

from app.rules import frontends
from app.rules.limits import MAX_QUERY_STRING_BYTES
from app.rules.scopes import Scope
from app.services import tokens
from app.store.clients import KnownClient

# Of S256, which is 32 bytes (RFC 7636, section 4.2).
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
# Characters; programs put a nonce or an address of their own there.
MAX_STATE_LENGTH = 2_000
_ASKING = frozenset({"login", "consent"})


class NotAnswerable(Exception):
    """It is not known whose request this is, so the person is told, and sent nowhere. The words are ours."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


class Redirected(Exception):
    """The program is told what is wrong, by sending the person back to it."""

    def __init__(self, redirect_uri: str, answer: Mapping[str, str]) -> None:
        super().__init__()
        self.redirect_uri = redirect_uri
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that may be shown to a person."""

    client: KnownClient
    redirect_uri: str
    state: str | None
    challenge: str
    # All that the client may have, where it names none.
    scopes: frozenset[str]
    prompt: frozenset[str]

    def refusal(self, error: str, words: str) -> Redirected:
        return _refusal(self.redirect_uri, self.state, error, words)

    def answer(self, code: str) -> str:
        """Where the person is sent back to with a code; without the issuer, which is added to every answer."""
        return _address(self.redirect_uri, {"code": code, **_of_state(self.state)})


def parameters(request: Request) -> Mapping[str, str]:
    """Without those that are empty, as these count as left out (RFC 6749, section 3.1). Raises: NotAnswerable."""
    query: bytes = request.scope["query_string"]
    if len(query) > MAX_QUERY_STRING_BYTES:
        raise NotAnswerable("The address is too long.")
    try:
        pairs = parse_qsl(query.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=20)
    except ValueError:
        raise NotAnswerable("The address is damaged.") from None
    given = dict(pairs)
    if len(given) != len(pairs) or any("\0" in part for pair in pairs for part in pair):
        raise NotAnswerable("The address is damaged: it says something twice, or what cannot be said.")
    return {name: value for name, value in given.items() if value}


def check(session: Session, issuer: str, given: Mapping[str, str]) -> Asked:
    """Raises: NotAnswerable, Redirected."""
    client = tokens.frontend(session, issuer, given.get("client_id", ""))
    if client is None:
        raise NotAnswerable("No program of this name may sign people in here.")
    redirect_uri = given.get("redirect_uri", "")
    if not frontends.is_registered(redirect_uri, client.redirect_uris):
        raise NotAnswerable("The program asked to send you to an address that is not registered for it.")
    state = given.get("state")
    if state is not None and len(state) > MAX_STATE_LENGTH:
        raise _refusal(redirect_uri, None, "invalid_request", "The parameter state is too long.")
    _check_form(given, redirect_uri, state)
    scopes = tokens.grantable(client, given.get("scope"))
    if not scopes:
        raise _refusal(redirect_uri, state, "invalid_scope", "The program may not have all of these scopes.")
    prompt = frozenset(given.get("prompt", "").split())
    if not (prompt <= _ASKING or prompt == {"none"}):
        raise _refusal(redirect_uri, state, "invalid_request", "prompt is none, or login and consent.")
    # Who listens on a port of its own choosing may be any program of that machine, so each time the person decides
    # (RFC 8252, section 8.6).
    consenting = frozenset() if redirect_uri in client.redirect_uris else frozenset({"consent"})
    return Asked(client, redirect_uri, state, given["code_challenge"], scopes, prompt | consenting)


def sent_back(refusal: Redirected) -> str:
    return _address(refusal.redirect_uri, refusal.answer)


def in_words(scopes: frozenset[str]) -> list[Scope]:
    """In the order in which they are described."""
    return [scope for scope in Scope if scope in scopes]


def _check_form(given: Mapping[str, str], redirect_uri: str, state: str | None) -> None:
    """Raises: Redirected."""
    if "response_type" not in given:
        raise _refusal(redirect_uri, state, "invalid_request", "The parameter response_type is missing.")
    if given["response_type"] != "code":
        raise _refusal(redirect_uri, state, "unsupported_response_type", "The one response_type is code.")
    if given.get("code_challenge_method") != "S256" or not _CHALLENGE.fullmatch(given.get("code_challenge", "")):
        raise _refusal(redirect_uri, state, "invalid_request", "Send a code_challenge of the method S256.")
    if given.get("response_mode", "query") != "query":
        raise _refusal(redirect_uri, state, "invalid_request", "The one response_mode is query.")
    if "request" in given or "request_uri" in given:
        raise _refusal(redirect_uri, state, "request_not_supported", "Send the parameters themselves.")


def _refusal(redirect_uri: str, state: str | None, error: str, words: str) -> Redirected:
    return Redirected(redirect_uri, {"error": error, "error_description": words, **_of_state(state)})


def _of_state(state: str | None) -> dict[str, str]:
    return {} if state is None else {"state": state}


def _address(redirect_uri: str, answer: Mapping[str, str]) -> str:
    """The query of the registered address is kept (RFC 6749, section 3.1.2)."""
    return f"{redirect_uri}{'&' if '?' in redirect_uri else '?'}{urlencode(answer)}"
