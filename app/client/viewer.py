"""Who the exchange takes a client for."""

from . import operations
from .answers import Viewer
from .exchange import Exchange


def of(exchange: Exchange) -> Viewer:
    """With the participant, where the scopes show it. Raises: as `Exchange.ask`."""
    found = exchange.ask(operations.viewer())
    return exchange.ask(operations.viewer(participant=True)) if "participants:read" in found["scopes"] else found
