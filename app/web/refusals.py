"""Refusals that HTTP has a status for, before anything of GraphQL is looked at."""

from collections.abc import Mapping

from app.errors import ExchangeError


class HttpRefusal(Exception):
    """What is wrong with a request as such; its body is a GraphQL error all the same."""

    def __init__(self, status: int, error: ExchangeError, headers: Mapping[str, str] | None = None) -> None:
        super().__init__()
        self.status = status
        self.error = error
        self.headers = dict(headers or {})
