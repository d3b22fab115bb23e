"""What the relationships of STIX and MISP are between two signals of the exchange."""

from collections.abc import Mapping
from typing import Final

from ..vocabulary import Relation

# By the word of the source; True where it leads the other way round.
_RELATIONS: Final[Mapping[str, tuple[Relation, bool]]] = {
    "related-to": ("SAME_INCIDENT", False),
    "duplicate-of": ("SAME_CONTENT", False),
    "derived-from": ("DERIVED_FROM", False),
    "communicates-with": ("COMMUNICATES_WITH", False),
    "connects-to": ("COMMUNICATES_WITH", False),
    "connected-to": ("COMMUNICATES_WITH", False),
    "beacons-to": ("COMMUNICATES_WITH", False),
    "exfiltrates-to": ("COMMUNICATES_WITH", False),
    "resolves-to": ("HOSTED_AT", False),
    "hosted-at": ("HOSTED_AT", False),
    "hosted-on": ("HOSTED_AT", False),
    "downloaded-from": ("HOSTED_AT", False),
    "hosts": ("HOSTED_AT", True),
    "redirects-to": ("REDIRECTS_TO", False),
    "advertised-by": ("ADVERTISED_BY", False),
    "advertises": ("ADVERTISED_BY", True),
    "paid-through": ("PAID_THROUGH", False),
    "same-actor": ("SAME_ACTOR", False),
    "same-incident": ("SAME_INCIDENT", False),
    "same-content": ("SAME_CONTENT", False),
}


def relation_of(word: object) -> tuple[Relation, bool] | None:
    """The relation, and whether it leads from the second to the first; None if the exchange has none for it."""
    return _RELATIONS.get(word.strip().lower().replace("_", "-").replace(" ", "-")) if isinstance(word, str) else None
