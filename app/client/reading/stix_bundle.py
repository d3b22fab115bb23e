"""STIX 2.1 bundles: indicators and observables that are values of the exchange, and relationships between them."""

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO, Final

from ...errors import Refusal
from .documents import events, parts
from .drafting import Instructions, draft_of, named, strings, translated
from .handlings import fitted, strictest
from .problems import BadRow, Trouble, bad
from .relations import relation_of
from .rows import Item, Place, SourceLink, SourceRow, UnreadableFile
from .stix_patterns import Alternative, alternatives

# By the path of a property, its quotes and hyphens taken off and in lower case.
_TYPES: Final[Mapping[str, str]] = {
    "domainname:value": "DOMAIN",
    "url:value": "URL",
    "emailaddr:value": "EMAIL_ADDRESS",
    "emailmessage:fromref.value": "EMAIL_ADDRESS",
    "emailmessage:senderref.value": "EMAIL_ADDRESS",
    "ipv4addr:value": "IP_ADDRESS",
    "ipv6addr:value": "IP_ADDRESS",
    "useraccount:accountlogin": "USERNAME",
    "useraccount:userid": "ACCOUNT_ID",
    # Ours, as STIX has no word for them.
    "xlanternkeyword:value": "KEYWORD",
    "xlanternphonenumber:value": "PHONE_NUMBER",
    "xlanternpaymenthandle:value": "PAYMENT_HANDLE",
    **{
        f"{object}:hashes.{name}": type
        for object in ("file", "artifact")
        for name, type in (
            ("md5", "HASH_MD5"),
            ("sha1", "HASH_SHA1"),
            ("sha256", "HASH_SHA256"),
            ("pdq", "HASH_PDQ"),
        )
    },
}
# What may stand beside a value in one observation, and the field that it says.
_BESIDE: Final[Mapping[str, str]] = {
    "useraccount:accounttype": "platform",
    "xlanternkeyword:language": "language",
    "xlanternpaymenthandle:scheme": "scheme",
}
_DROPPED: Final = {ord(mark): None for mark in "'\"-_"}

# Observables that are values, and the properties of each that are.
_OBSERVABLES: Final[Mapping[str, tuple[str, ...]]] = {
    "domain-name": ("value",),
    "url": ("value",),
    "email-addr": ("value",),
    "ipv4-addr": ("value",),
    "ipv6-addr": ("value",),
    "user-account": ("account_login", "user_id"),
    "file": ("hashes",),
    "artifact": ("hashes",),
}
_SIGNALS: Final = ("indicator--", *(f"{name}--" for name in _OBSERVABLES))

# The marking definitions of TLP 1 (STIX 2.1, section 7.2.1.4) and TLP 2.0 (OASIS's extension definition for it).
_MARKINGS: Final[Mapping[str, str]] = {
    "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9": "CLEAR",
    "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da": "GREEN",
    "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82": "AMBER",
    "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed": "RED",
    "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487": "CLEAR",
    "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb": "GREEN",
    "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421": "AMBER",
    "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003": "AMBER_STRICT",
    "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1": "RED",
}


def read(file: BinaryIO, instructions: Instructions, start: Place | None) -> Iterator[Item]:
    """Every object of the bundle is at least one item: what is no signal and no link says so."""
    number = 0
    for number, one in enumerate(parts(file, "objects.item"), 1):
        if start is None or number >= start.number:
            yield from _items(number, one, instructions)
    if number == 0 and not _is_bundle(file):
        raise UnreadableFile("Expected a STIX bundle: a JSON object with a list `objects`.")


def _is_bundle(file: BinaryIO) -> bool:
    return any((prefix, value) == ("type", "bundle") for prefix, _, value in events(file))


def _items(number: int, one: Any, instructions: Instructions) -> Iterator[Item]:
    try:
        if not isinstance(one, dict) or not isinstance(one.get("type"), str):
            raise bad(Refusal.MALFORMED)
        readers = {"indicator": _indicator, "relationship": _relationship}
        kind = one["type"]
        reader = readers.get(kind) or (_observable if kind in _OBSERVABLES else None)
        if reader is None:
            raise bad(Trouble.NOT_A_SIGNAL)
        if one.get("revoked") is True:
            raise bad(Trouble.REVOKED)
        yield from reader(number, one, instructions)
    except BadRow as error:
        yield SourceRow(Place(number), None, error.problem, _id(one), _without_draft(one))


def _id(one: Any) -> str | None:
    found = one.get("id") if isinstance(one, dict) else None
    return found if isinstance(found, str) else None


def _without_draft(one: Any) -> dict[str, Any] | None:
    """What there is to mend: the pattern, from which a person makes a value."""
    return {"ref": _id(one), "pattern": one.get("pattern")} if isinstance(one, dict) and "pattern" in one else None


def _indicator(number: int, one: Mapping[str, Any], instructions: Instructions) -> Iterator[Item]:
    if "benign" in (*strings(one.get("indicator_types")), *strings(one.get("labels"))):
        raise bad(Trouble.NON_MALICIOUS)
    pattern = one.get("pattern")
    if one.get("pattern_type", "stix") != "stix" or not isinstance(pattern, str):
        raise bad(Trouble.UNSUPPORTED_PATTERN)
    return _rows(number, one, alternatives(pattern), instructions)


def _observable(number: int, one: Mapping[str, Any], instructions: Instructions) -> Iterator[Item]:
    """The hashes of one file are also linked: they stand for the same content."""
    kind = one["type"]
    beside = ((f"{kind}:account_type", one["account_type"]),) if "account_type" in one else ()
    found: list[Alternative] = []
    for name in _OBSERVABLES[kind]:
        said = one.get(name)
        if isinstance(said, dict):
            found += [((f"{kind}:{name}.{key}", value),) for key, value in said.items()]
        elif said is not None:
            found.append(((f"{kind}:{name}", said), *beside))
    if not found:
        raise bad(Trouble.UNSUPPORTED_TYPE)
    rows = list(_rows(number, one, found, instructions))
    yield from rows
    refs = [row.ref for row in rows if row.draft and row.draft.type.startswith("HASH_") and row.ref]
    for part, ref in enumerate(refs[1:], len(rows)):
        yield SourceLink(Place(number, 0, part), refs[0], ref, "SAME_CONTENT")


def _rows(
    number: int, one: Mapping[str, Any], found: list[Alternative], instructions: Instructions
) -> Iterator[SourceRow]:
    """A row for each value: the first has the object's id as its ref, the second that id with `#2` behind it."""
    for part, alternative in enumerate(found):
        ref = f"{_id(one)}#{part + 1}" if part and _id(one) else _id(one)
        said: dict[str, Any] = {"value": alternative[0][1]}
        try:
            said = _said(one, alternative, instructions)
            draft = draft_of(said, instructions)
            yield SourceRow(Place(number, 0, part), draft, None, ref, {"ref": ref, **draft.as_input()})
        except BadRow as error:
            yield SourceRow(Place(number, 0, part), None, error.problem, ref, {"ref": ref, **named(said)})


def _said(one: Mapping[str, Any], alternative: Alternative, instructions: Instructions) -> dict[str, Any]:
    said = _value(alternative, Trouble.UNSUPPORTED_PATTERN if "pattern" in one else Trouble.UNSUPPORTED_TYPE)
    marks = (_MARKINGS.get(ref) for ref in strings(one.get("object_marking_refs")))
    # The nearest that an indicator says to when an address was seen.
    if said["type"] == "IP_ADDRESS" and "observed_at" not in instructions.defaults.fields:
        said["observed_at"] = one.get("valid_from")
    return {
        **said,
        "violations": translated("violations", strings(one.get("labels")), instructions),
        "confidence": _confidence(one),
        "handling": fitted(strictest(marks), said["type"]),
        "expires_at": one.get("valid_until"),
    }


def _value(alternative: Alternative, unsupported: Trouble) -> dict[str, Any]:
    """The type and the value, with what stands beside it. Raises: BadRow for two values that belong together."""
    paths = {path.translate(_DROPPED).lower(): value for path, value in alternative}
    said = {_BESIDE[path]: value for path, value in paths.items() if path in _BESIDE}
    values = [path for path in paths if path not in _BESIDE]
    if len(values) != 1 or len(paths) != len(alternative) or values[0] not in _TYPES:
        raise bad(unsupported)
    return {"type": _TYPES[values[0]], "value": paths[values[0]], **said}


def _confidence(one: Mapping[str, Any]) -> int | None:
    """0 and 100 are what a clue never is."""
    said = one.get("confidence")
    if isinstance(said, int) and not isinstance(said, bool) and 0 <= said <= 100:
        return min(max(said, 1), 99)
    if said is not None:
        raise bad(Refusal.OUT_OF_RANGE, "confidence")
    return None


def _relationship(number: int, one: Mapping[str, Any], instructions: Instructions) -> Iterator[Item]:
    """A link only between two signals. What both indicate some malware are not linked: it would say far more."""
    source, target = one.get("source_ref"), one.get("target_ref")
    if not isinstance(source, str) or not isinstance(target, str):
        raise bad(Refusal.MALFORMED)
    if not source.startswith(_SIGNALS) or not target.startswith(_SIGNALS):
        raise bad(Trouble.NOT_A_SIGNAL)
    found = relation_of(one.get("relationship_type"))
    if found is None:
        raise bad(Trouble.UNSUPPORTED_RELATION)
    relation, is_turned = found
    ends = (target, source) if is_turned else (source, target)
    yield SourceLink(Place(number), *ends, relation, _confidence(one))
