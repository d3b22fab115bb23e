"""How a call is carried out, without doing any of it: what to send, and when to wait and try again.

A conversation is a generator. It yields what has to be done, and is sent what came of that; `Exchange` and
`AsyncExchange` do it in their ways, so everything that decides stands here once.
"""

import random
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeAlias, TypeVar
from urllib.parse import urlencode

import httpx
import orjson

from . import retry_after
from .authority import Authority, IssuedToken, read_token
from .errors import Busy, Misconfigured, NotSignedIn, Refused, Unexpected, Unreachable
from .operations import Operation

T = TypeVar("T")

# Seconds until an answer must have come; the exchange itself stops a mutation after 30.
ANSWER_SECONDS = 60.0
# Statuses of an exchange, or of a proxy before it, that will answer later; with the latter two it is not known how far
# the call got.
_LATER = frozenset({429, 503, 502, 504})
_DOUBTFUL = frozenset({502, 504})
# What an operation ends in when the exchange lacked time or connections, or failed; or when it asked for too much,
# which will not change: so it is tried this often and no more.
_MAY_PASS = frozenset({"TOO_MANY", "INTERNAL_SERVER_ERROR"})
_DOUBTFUL_ATTEMPTS = 3
# Seconds between two looks at whether another process has got its token.
_TURN_SECONDS = 0.1
# Of the words of a refusal; the exchange's have a few hundred.
_MOST_CHARACTERS = 2_000
_UNKNOWN = "and it is not known whether the call was carried out."


@dataclass(frozen=True, slots=True)
class Post:
    """Something to send; what comes back is an `httpx.Response`, or the `httpx.RequestError` in its place."""

    url: str
    content: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Pause:
    """Seconds to wait."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Token:
    """The token to send is wanted; if there is one still that was refused, another. What comes back is its text."""

    refused: str | None = field(default=None, repr=False)


Step: TypeAlias = Post | Pause | Token
Conversation: TypeAlias = Generator[Step, Any, T]


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a call is tried: `attempts` times at most, and no longer than `seconds` in pauses together.

    Pauses double from `first_seconds` on, up to `longest_seconds`, each taken by chance between none and all of it, so
    that clients which lost the exchange at once do not come back at once. What `Retry-After` asks for is the least.
    """

    attempts: int = 8
    seconds: float = 120.0
    first_seconds: float = 0.25
    longest_seconds: float = 30.0

    def pause(self, attempt: int, asked_seconds: float) -> float:
        """Before trying again after the `attempt`-th failure, from 1."""
        # Whoever waits for days has failed so often that the power itself would be no number any more.
        longest = min(self.longest_seconds, self.first_seconds * 2 ** min(attempt - 1, 30))
        return asked_seconds + random.uniform(0, longest)  # noqa: S311 - spreads load, hides nothing


@dataclass(slots=True)
class _Tries(Generic[T]):
    """What is left of the patience for one call."""

    patience: Patience
    failed: int = 0
    waited: float = 0.0

    def again(self, why: str, asked_seconds: float = 0.0) -> Pause:
        """Raises: Busy or Unreachable once the patience is at its end."""
        self.failed += 1
        pause = self.patience.pause(self.failed, asked_seconds)
        if self.failed >= self.patience.attempts or self.waited + pause > self.patience.seconds:
            if asked_seconds:
                raise Busy(f"{why} It asks to wait for {asked_seconds:.0f} seconds.", asked_seconds)
            raise Unreachable(f"{why} It was tried {self.failed} times.")
        self.waited += pause
        return Pause(pause)


def ask(url: str, operation: Operation[T], patience: Patience) -> Conversation[T]:
    """Carry out one operation.

    Raises: Misconfigured, Refused, NotSignedIn, Busy, Unreachable, Unexpected.
    """
    content = _content(operation)
    tries: _Tries[T] = _Tries(patience)
    token: str = yield Token()
    renewed = False
    while True:
        answer: httpx.Response | httpx.RequestError = yield Post(url, content, _headers(token))
        if isinstance(answer, httpx.RequestError):
            # What never left may be sent again whatever it is; of the rest it is not known whether it was carried out.
            if not (operation.repeatable or isinstance(answer, httpx.ConnectError | httpx.ConnectTimeout)):
                raise Unreachable(f"The connection broke, {_UNKNOWN}")
            yield tries.again(f"The exchange does not answer at {url}.")
        elif answer.status_code == 401 and not renewed:
            renewed = True
            token = yield Token(refused=token)
        elif answer.status_code in _DOUBTFUL and not operation.repeatable:
            raise Unreachable(f"What stands before the exchange got no answer, {_UNKNOWN}")
        elif answer.status_code in _LATER:
            yield tries.again("The exchange is busy.", retry_after.seconds(answer))
        else:
            try:
                return _read(operation, answer)
            except Refused as refusal:
                doubtful = operation.repeatable and refusal.code in _MAY_PASS
                if not doubtful or tries.failed + 1 >= min(patience.attempts, _DOUBTFUL_ATTEMPTS):
                    raise
                yield tries.again("The exchange could not carry it out.")


def _content(operation: Operation[Any]) -> bytes:
    """Raises: Misconfigured."""
    try:
        return orjson.dumps({"query": operation.document, "variables": operation.variables})
    except TypeError:
        raise Misconfigured("A text that was to be sent holds half of a character, or a number is too large.") from None


def renew(url: str, issuer: str, authority: Authority, patience: Patience) -> Conversation[IssuedToken]:
    """Get a token, once no other process is about to with the same thing.

    Raises: NotSignedIn, Busy, Unreachable, Unexpected.
    """
    waited = 0.0
    while (turn := authority.turn()) is None:
        if waited > patience.seconds:
            raise Busy("Another program on this machine has been getting a token for long.", _TURN_SECONDS)
        waited += _TURN_SECONDS
        yield Pause(_TURN_SECONDS)
    with turn:
        return (yield from _get_token(url, issuer, authority, patience))


def _get_token(url: str, issuer: str, authority: Authority, patience: Patience) -> Conversation[IssuedToken]:
    """An assertion is good once and a refresh token for little longer, so each try asks anew."""
    tries: _Tries[IssuedToken] = _Tries(patience)
    while True:
        request = authority.request(issuer)
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json", **request.headers}
        answer: httpx.Response | httpx.RequestError = yield Post(url, urlencode(request.form).encode(), headers)
        if isinstance(answer, httpx.RequestError):
            yield tries.again(f"The exchange does not answer at {url}.")
            continue
        try:
            token, said = read_token(answer)
        except Busy as busy:
            yield tries.again(str(busy), busy.retry_seconds)
            continue
        authority.took(said)
        return token


def _headers(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "Accept": "application/json"}


def _read(operation: Operation[T], answer: httpx.Response) -> T:
    try:
        said = orjson.loads(answer.content)
        errors, data = said.get("errors"), said.get("data")
        if errors:
            raise _refusal(errors[0])
    except (orjson.JSONDecodeError, AttributeError, LookupError, TypeError):
        raise Unexpected(f"The answer, with status {answer.status_code}, is not the exchange's.") from None
    try:
        (found,) = data.values()
        if isinstance(found, dict) and "code" in found and "message" in found:
            raise _refused(found, found["message"])
    except (AttributeError, ValueError):
        raise Unexpected("The answer is not of the one field that was asked for.") from None
    return operation.answer(found)


def _refusal(error: Any) -> Refused | NotSignedIn:
    """Raises: KeyError, TypeError unless it is an error as the exchange tells it."""
    said = error["extensions"]
    if said["code"] == "UNAUTHENTICATED":
        return NotSignedIn(str(error["message"])[:_MOST_CHARACTERS])
    return _refused(said, error["message"])


def _refused(said: Any, message: object) -> Refused:
    """In texts and no longer than people read, whatever stands in the place of the exchange."""
    words = (str(one)[:_MOST_CHARACTERS] for one in (said["code"], message))
    more = (None if one is None else str(one)[:_MOST_CHARACTERS] for one in (said.get("field"), said.get("reason")))
    return Refused(*words, *more)
