"""The partner's side: a client of the exchange, what is kept with it, and the command line."""

from .authority import ClientKey, ClientSecret
from .conversation import Patience
from .errors import Busy, ClientError, Misconfigured, NotReady, NotSignedIn, Refused, Unexpected, Unreachable
from .exchange import AsyncExchange, Exchange
from .outbox import InvalidReport, Outbox
from .replica import Replica

__all__ = [
    "AsyncExchange",
    "Busy",
    "ClientError",
    "ClientKey",
    "ClientSecret",
    "Exchange",
    "InvalidReport",
    "Misconfigured",
    "NotReady",
    "NotSignedIn",
    "Outbox",
    "Patience",
    "Refused",
    "Replica",
    "Unexpected",
    "Unreachable",
]
