"""What STIX has no word for: our extension of indicators and relationships, and the objects that define it."""

from typing import Any, Final

from .names import FIRST, StixObject, id_named

EXTENSION: Final = id_named("extension-definition", "signal 1")
EXCHANGE: Final = id_named("identity", "exchange")

_WORDS: Final = """\
Properties of an indicator: signal_id, its id in the exchange; signal_type, level (PERSON or CONTENT), violations,
annotations, severity and handling, in the words of the exchange's GraphQL schema; qualifier, the platform of an
account, the language of a keyword or the scheme of a payment handle; updated_at, when a visible contribution last
changed; contributor_refs, the identities of those who share it. Property of a relationship: asserted_by_ref, the
identity of who asserts it. An indicator is a clue, never proof.

Objects of patterns: x-lantern-keyword (value, language), x-lantern-phone-number (value) and x-lantern-payment-handle
(value, scheme). x-lantern-signal stands for something whose value is not told: id is the id of the signal, and
match_tag is an HMAC-SHA256 that the receiving participant computes over its own users with its match key."""


def extended(**properties: Any) -> dict[str, Any]:
    """`extensions` of an object; what is null or empty is left out."""
    told = {name: value for name, value in properties.items() if value is not None and value != []}
    return {EXTENSION: {"extension_type": "property-extension", **told}}


EXCHANGE_IDENTITY: Final[StixObject] = {
    "type": "identity",
    "spec_version": "2.1",
    "id": EXCHANGE,
    "created": FIRST,
    "modified": FIRST,
    "name": "The Lantern exchange",
    "identity_class": "system",
}

DEFINITION: Final[StixObject] = {
    "type": "extension-definition",
    "spec_version": "2.1",
    "id": EXTENSION,
    "created_by_ref": EXCHANGE,
    "created": FIRST,
    "modified": FIRST,
    "name": "Lantern signal",
    "description": "What the exchange says of a child-safety signal beyond the words of STIX.",
    "schema": _WORDS,
    "version": "1.0.0",
    "extension_types": ["property-extension"],
}
