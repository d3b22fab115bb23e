"""The outbox: reports of what came of signals, kept on this machine until the exchange has taken each of them once."""

from .delivery import deliver
from .outbox import Outbox
from .reports import InvalidReport

__all__ = ["InvalidReport", "Outbox", "deliver"]
