"""The partner's side: a client of the exchange, what is kept with it, and the command line."""

from .authority import ClientKey, ClientSecret
from .conversation import Patience
from .errors import Busy, ClientError, Misconfigured, NotSignedIn, Refused, Unexpected, Unreachable
from .exchange import AsyncExchange, Exchange
from .outbox import InvalidReport, Outbox

__all__ = [
    "AsyncExchange",
    "Busy",
    "ClientError",
    "ClientKey",
    "ClientSecret",
    "Exchange",
    "InvalidReport",
    "Misconfigured",
    "NotSignedIn",
    "Outbox",
    "Patience",
    "Refused",
    "Unexpected",
    "Unreachable",
]
