"""The STIX 2.1 objects that one signal becomes: what it is, who shares it, what came of it, what it belongs to."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from . import markings
from .extension import DEFINITION, EXCHANGE, EXCHANGE_IDENTITY, extended
from .names import FIRST, Answer, StixObject, id_named, id_of, moment, moment_of, spelt
from .patterns import by_id, pattern_of

# Once for all that is told; they never change.
STANDING: Final = (EXCHANGE_IDENTITY, DEFINITION, *markings.DEFINITIONS)

# A signal is a clue: something that need not be malicious, as the vocabulary of STIX says of this word.
_INDICATOR_TYPES: Final = ("anomalous-activity",)

# A seed has an opinion only if somebody gave feedback: it may take the place of one that is no longer held (R9).
_OPINIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "CONFIRMED": "strongly-agree",
        "DISPUTED": "neutral",
        "FALSE_POSITIVE": "strongly-disagree",
        "INVESTIGATION_SEED": "neutral",
    }
)

# Those that say of themselves, or imply, that something on the platform matched.
_MATCHED: Final = frozenset({"MATCHED", "IN_REVIEW", "CONFIRMED_VIOLATION", "INCONCLUSIVE", "NOT_VIOLATING_HERE"})


def of_signal(signal: Answer, at: datetime) -> Iterator[StixObject]:
    """All objects of a signal as it was told at this moment, which is their version: what the exchange says of a signal
    can change without any later time in it, as when the latest contribution ends.

    Identities come first. Of feedback and links, what the answer holds.
    """
    yield from map(identity, signal.get("contributors") or [])
    yield indicator(signal, at)
    summary = signal.get("feedbackSummary")
    if summary is not None and summary["participants"]:
        yield sighting(signal, at)
        yield opinion(signal, at)
    for link in links_of(signal):
        yield from ([identity(link["assertedBy"])] if link.get("assertedBy") else [])
        yield relationship(link, at, signal["handling"])


def links_of(signal: Answer) -> Iterator[Answer]:
    """Those of which both ends are told, from a connection or a list."""
    links = signal.get("links") or []
    for link in [edge["node"] for edge in links["edges"]] if isinstance(links, Mapping) else links:
        if link.get("from") and link.get("to"):
            yield link


def identity(participant: Answer) -> StixObject:
    """A participant, by its slug, which never changes; its name may not be told."""
    return {
        "type": "identity",
        "spec_version": "2.1",
        "id": _identity_id(participant),
        "created_by_ref": EXCHANGE,
        "created": FIRST,
        "modified": FIRST,
        "name": participant.get("name") or participant["slug"],
        "identity_class": "organization",
    }


def indicator(signal: Answer, at: datetime) -> StixObject:
    return {
        **_made("indicator", signal["id"], signal["createdAt"], at),
        "name": f"{signal['type']} {signal['maskedValue']}",
        "indicator_types": list(_INDICATOR_TYPES),
        "pattern": pattern_of(signal),
        "pattern_type": "stix",
        "pattern_version": "2.1",
        "valid_from": moment(signal["createdAt"]),
        "labels": [spelt(violation) for violation in signal["violations"]],
        "confidence": signal["confidence"],
        "object_marking_refs": markings.marked(signal["handling"]),
        "extensions": extended(
            signal_id=signal["id"],
            signal_type=signal["type"],
            level=signal.get("level"),
            qualifier=signal.get("qualifier"),
            violations=list(signal["violations"]),
            annotations=list(signal.get("annotations") or []),
            severity=signal["severity"],
            handling=signal["handling"],
            updated_at=moment(signal["updatedAt"]),
            contributor_refs=[_identity_id(one) for one in signal.get("contributors") or []],
        ),
    }


def tombstone(signal_id: str, at: datetime) -> StixObject:
    """The indicator of a signal that went out of sight: no value, no time but that of the telling, nothing to match."""
    told = moment_of(at)
    return {
        **_made("indicator", signal_id, told, at),
        "pattern": by_id(signal_id),
        "pattern_type": "stix",
        "pattern_version": "2.1",
        "valid_from": told,
        "revoked": True,
        "extensions": extended(signal_id=signal_id),
    }


def sighting(signal: Answer, at: datetime) -> StixObject:
    """How many participants said that it matched with them, none perhaps; never which."""
    verdicts = signal["feedbackSummary"]["verdicts"]
    return {
        **_made("sighting", signal["id"], signal["createdAt"], at),
        "sighting_of_ref": id_of("indicator", signal["id"]),
        "count": sum(one["participants"] for one in verdicts if one["verdict"] in _MATCHED),
        "summary": True,
        "object_marking_refs": markings.marked(signal["handling"]),
    }


def opinion(signal: Answer, at: datetime) -> StixObject:
    """What all who gave feedback say together."""
    summary = signal["feedbackSummary"]
    return {
        **_made("opinion", signal["id"], signal["createdAt"], at),
        "opinion": _OPINIONS[summary["opinion"]],
        "explanation": f"{summary['opinion']}, by the feedback of participants: {summary['participants']}.",
        "object_refs": [id_of("indicator", signal["id"])],
        "object_marking_refs": markings.marked(signal["handling"]),
    }


def relationship(link: Answer, at: datetime, *handlings: str) -> StixObject:
    """A link between signals that are told; as strict as these handlings and, where they say theirs, its ends."""
    stated = [end["handling"] for end in (link["from"], link["to"]) if "handling" in end]
    asserter = link.get("assertedBy")
    return {
        **_made("relationship", link["id"], link["createdAt"], at),
        "relationship_type": spelt(link["relation"]),
        "source_ref": id_of("indicator", link["from"]["id"]),
        "target_ref": id_of("indicator", link["to"]["id"]),
        "confidence": link["confidence"],
        "object_marking_refs": markings.marked(*handlings, *stated),
        **({"extensions": extended(asserted_by_ref=_identity_id(asserter))} if asserter else {}),
    }


def _identity_id(participant: Answer) -> str:
    return id_named("identity", f"participant {participant['slug']}")


def _made(type: str, shown: str, created: str, at: datetime) -> dict[str, Any]:
    """What all objects begin with. The exchange makes them, as who contributes can change."""
    began, told = moment(created), moment_of(at)
    return {
        "type": type,
        "spec_version": "2.1",
        "id": id_of(type, shown),
        "created_by_ref": EXCHANGE,
        "created": began,
        # A clock that was set back makes no version from before the object was.
        "modified": max(began, told),
    }
