"""Content negotiation as GraphQL over HTTP has it: which form of JSON to answer in, or events, and what to read."""

from dataclasses import dataclass
from functools import lru_cache

from starlette.datastructures import Headers

from app.errors import InvalidInput, Refusal
from app.rules import limits
from app.web.refusals import HttpRefusal

JSON = "application/json"
# The specification's own type. Only with it does the status say whether the operation ran.
GRAPHQL_RESPONSE = "application/graphql-response+json"
# For what goes on. A client that lists it beside JSON gets JSON, where there is one answer.
EVENT_STREAM = "text/event-stream"

# Ranges that match a type, the most specific first. A bare wildcard means plain JSON, as older clients send it.
_RANGES = {GRAPHQL_RESPONSE: (GRAPHQL_RESPONSE,), JSON: (JSON, "application/*", "*/*")}


@dataclass(frozen=True, slots=True)
class MediaType:
    name: str
    parameters: dict[str, str]

    @classmethod
    def read(cls, text: str) -> "MediaType":
        name, *parts = text.split(";")
        pairs = (part.partition("=") for part in parts)
        parameters = {key.strip().lower(): value.strip().strip('"').lower() for key, _, value in pairs}
        return cls(name.strip().lower(), parameters)

    @property
    def is_utf8(self) -> bool:
        return self.parameters.get("charset", "utf-8") in ("utf-8", "utf8")

    @property
    def quality(self) -> float:
        """From 0 (never) to 1; what cannot be read counts as never."""
        try:
            quality = float(self.parameters.get("q", "1"))
        except ValueError:
            return 0.0
        return quality if 0 <= quality <= 1 else 0.0


def negotiate(headers: Headers) -> str:
    """The media type to answer in where there is one answer: events only if the client accepts no form of JSON.

    Raises: HttpRefusal (406) if the client accepts none.
    """
    accept = ", ".join(headers.getlist("accept"))
    best = _best(accept) if len(accept) <= limits.MAX_ACCEPT_LENGTH else None
    if best is None:
        raise HttpRefusal(
            406,
            InvalidInput(
                f"The answers are {GRAPHQL_RESPONSE}, {JSON} or {EVENT_STREAM}, in UTF-8.",
                field="Accept",
                reason=Refusal.WRONG_MEDIA_TYPE,
            ),
        )
    return best


def require_stream(headers: Headers) -> None:
    """Raises: HttpRefusal (406) if the client does not accept events, in which alone subscriptions are answered."""
    accept = ", ".join(headers.getlist("accept"))
    if len(accept) > limits.MAX_ACCEPT_LENGTH or not _accepts_stream(accept):
        raise HttpRefusal(
            406,
            InvalidInput(
                f"Subscriptions are answered as {EVENT_STREAM}, or over a WebSocket.",
                field="Accept",
                reason=Refusal.WRONG_MEDIA_TYPE,
            ),
        )


def require_json(headers: Headers) -> None:
    """Raises: HttpRefusal (415) unless the body says, once, that it is uncompressed JSON in UTF-8."""
    stated = headers.getlist("content-type")
    if len(stated) != 1 or len(stated[0]) > limits.MAX_ACCEPT_LENGTH or not _is_json(stated[0]):
        raise HttpRefusal(
            415,
            InvalidInput(
                f"Send the body as {JSON} in UTF-8, and say so.", field="Content-Type", reason=Refusal.WRONG_MEDIA_TYPE
            ),
        )
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise HttpRefusal(
            415, InvalidInput("Send the body uncompressed.", field="Content-Encoding", reason=Refusal.WRONG_MEDIA_TYPE)
        )


@lru_cache(maxsize=256)
def _is_json(stated: str) -> bool:
    media_type = MediaType.read(stated)
    return media_type.name == JSON and media_type.is_utf8


@lru_cache(maxsize=256)
def _best(accept: str) -> str | None:
    if not accept.strip():
        return JSON
    ranges = _ranges(accept)
    qualities = {name: _quality(matching, ranges) for name, matching in _RANGES.items()}
    best = max(qualities, key=lambda name: qualities[name])
    if qualities[best] > 0:
        return best
    return EVENT_STREAM if ranges.get(EVENT_STREAM, 0.0) > 0 else None


@lru_cache(maxsize=256)
def _accepts_stream(accept: str) -> bool:
    return not accept.strip() or _quality((EVENT_STREAM, "text/*", "*/*"), _ranges(accept)) > 0


def _ranges(accept: str) -> dict[str, float]:
    return {range_.name: range_.quality for range_ in map(MediaType.read, accept.split(",")) if range_.is_utf8}


def _quality(matching: tuple[str, ...], ranges: dict[str, float]) -> float:
    return next((ranges[name] for name in matching if name in ranges), 0.0)
