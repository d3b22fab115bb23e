"""API clients: which of them to list."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class ClientFilter:
    """Which clients to list; what is null does not matter."""

    participant_id: UUID | None = None
