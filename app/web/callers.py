"""Whoever sends a request: found before anything else of it is looked at, or told how to come."""

from collections.abc import Awaitable
from typing import Protocol, TypeVar

from sqlalchemy.exc import TimeoutError as NoFreeConnection
from starlette.requests import Request

from app.errors import ExchangeError, Forbidden, TooMany, Unauthenticated
from app.web.answering import Asker
from app.web.authenticate import challenge
from app.web.refusals import HttpRefusal, busy

CallerT = TypeVar("CallerT", bound=Asker)
CallerT_co = TypeVar("CallerT_co", bound=Asker, covariant=True)

_STATUS = {Unauthenticated.code: 401, Forbidden.code: 403, TooMany.code: 429}


class Authenticate(Protocol[CallerT_co]):
    """Finds the caller or raises Unauthenticated; `anew` takes nothing from memory."""

    def __call__(self, request: Request, *, anew: bool = False) -> Awaitable[CallerT_co]: ...


async def authenticated(authenticate: Authenticate[CallerT], request: Request, *, anew: bool = False) -> CallerT:
    """Raises: HttpRefusal, with a challenge where a token is missing or wrong."""
    try:
        return await authenticate(request, anew=anew)
    except NoFreeConnection:
        raise busy() from None
    except ExchangeError as error:
        raise HttpRefusal(_STATUS.get(error.code, 400), error, challenged(request, error)) from None


def challenged(request: Request, error: ExchangeError) -> dict[str, str]:
    """The headers of a refusal for want of authority."""
    if not isinstance(error, Unauthenticated):
        return {}
    return {"WWW-Authenticate": challenge(error, request.headers.get("authorization"))}
