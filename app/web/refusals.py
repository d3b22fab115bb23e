"""Refusals that HTTP has a status for, before anything of GraphQL is looked at."""

from collections.abc import Mapping

from app.errors import ExchangeError, TooMany

# Seconds after which to try again when all connections to the database are taken.
BUSY_SECONDS = 1


class HttpRefusal(Exception):
    """What is wrong with a request as such; its body is a GraphQL error all the same."""

    def __init__(self, status: int, error: ExchangeError, headers: Mapping[str, str] | None = None) -> None:
        super().__init__()
        self.status = status
        self.error = error
        self.headers = dict(headers or {})


def busy() -> HttpRefusal:
    """There was no free connection to find out who is asking; it is nobody's fault, so it is no 429."""
    words = TooMany("The exchange is busy. Try again in a moment.")
    return HttpRefusal(503, words, {"Retry-After": str(BUSY_SECONDS)})
