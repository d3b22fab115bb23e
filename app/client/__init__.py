"""The partner's side: a client of the exchange, what is kept with it, and the command line."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .authority import ClientKey, ClientSecret
from .conversation import Patience
from .errors import Busy, ClientError, Misconfigured, NotReady, NotSignedIn, Refused, Unexpected, Unreachable
from .exchange import AsyncExchange, Exchange

if TYPE_CHECKING:
    from .outbox import InvalidReport, Outbox, deliver
    from .replica import Replica, sync

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
    "deliver",
    "sync",
]

# These bring much along that a program which only asks never needs: normal forms, numpy, SQLite.
_LATER = {
    "InvalidReport": ".outbox",
    "Outbox": ".outbox",
    "Replica": ".replica",
    "deliver": ".outbox",
    "sync": ".replica",
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__} has no attribute {name}")
    return getattr(import_module(_LATER[name], __name__), name)
