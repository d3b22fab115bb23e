"""A participant's copy of all that it may see: kept equal by the change feed, and matched against without asking."""

from .following import Progress
from .matching import Replica
from .syncing import sync

__all__ = ["Progress", "Replica", "sync"]
