"""What a server counts of its operations, for whoever runs it: never who asked, nor for which values."""

from graphql import OperationType
from prometheus_client import Counter

# A reason holds words of ours alone (Unanswerable), so there are no more of them than fields that the schema has.
OPERATIONS = Counter(
    "lantern_operations",
    "Operations that were answered, by whom, and why not by the read engine.",
    ["kind", "engine", "reason"],
)
_COMPILED = {kind: OPERATIONS.labels(kind.value, "compiled", "") for kind in OperationType}


def count(kind: OperationType, fallback: str | None) -> None:
    """One more operation is answered; `fallback` says why the read engine did not, if so."""
    if fallback is None:
        _COMPILED[kind].inc()
    else:
        OPERATIONS.labels(kind.value, "standard", fallback).inc()
