"""Operations that ask for more than anybody needs, each with how it is refused."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Attack:
    """`code` is that of the first error; `selections` is how many are written, which bounds what the guard looks at."""

    name: str
    text: str
    code: str
    selections: int
    variables: Mapping[str, Any] = field(default_factory=dict)

    @property
    def body(self) -> dict[str, Any]:
        return {"query": self.text, "variables": dict(self.variables)}


def _fan_out(levels: int) -> str:
    """2^levels fields."""
    fragments = " ".join(f"fragment F{i} on Participant {{ ...F{i + 1} ...F{i + 1} }}" for i in range(levels))
    return f"{{ viewer {{ participant {{ ...F0 }} }} }} {fragments} fragment F{levels} on Participant {{ slug }}"


def _wrapped(way: list[str], inside: str) -> str:
    return "{ " + " { ".join([*way, inside]) + " }" * (len(way) + 1)


_IN_TYPE = ["fields", "type"]
_REPRESENTATION = {"__typename": "Signal", "id": "sig_" + "0" * 32}
_LINKS = ["links(first: 1000)", "edges", "node", "from"]

ATTACKS = [
    Attack("fragment fan-out 2^55", _fan_out(55), "TOO_MANY", 3 + 2 * 55 + 1),
    Attack(
        "1,000 aliases",
        "{ viewer { " + " ".join(f"a{i}: clientId" for i in range(1_000)) + " } }",
        "TOO_MANY",
        1_001,
    ),
    Attack("2,000 directives", "{ viewer { clientId " + "@a " * 2_000 + "} }", "TOO_MANY", 2),
    Attack(
        "2,000 directives that skip",
        "{ viewer { clientId " + "@skip(if: false) " * 2_000 + "} }",
        "TOO_MANY",
        2,
    ),
    Attack("duplicate-field overlap", "{ viewer { participant { " + "slug " * 1_490 + "} } }", "TOO_MANY", 1_492),
    Attack(
        "duplicate objects that overlap",
        "{ viewer { " + "participant { slug name } " * 490 + "} }",
        "TOO_MANY",
        1_471,
    ),
    Attack(
        "circular fragments",
        "{ viewer { participant { ...A } } }"
        " fragment A on Participant { ...B } fragment B on Participant { ...A ...B }",
        "GRAPHQL_VALIDATION_FAILED",
        6,
    ),
    Attack(
        "introspection depth",
        _wrapped(["__schema", "types", *_IN_TYPE * 5, "fields"], "name"),
        "GRAPHQL_VALIDATION_FAILED",
        14,
    ),
    Attack("introspection depth beyond ours", _wrapped(["__schema", "types", *_IN_TYPE * 9], "name"), "TOO_MANY", 21),
    Attack("pages in pages", _wrapped(["signals(first: 1000)", "edges", "node", *_LINKS * 2], "id"), "TOO_MANY", 12),
    Attack(
        "20,000 representations",
        "query ($r: [_Any!]!) { _entities(representations: $r) { ... on Signal { id } } }",
        "TOO_MANY",
        3,
        {"r": [_REPRESENTATION] * 20_000},
    ),
    Attack(
        "20,000 representations in the document",
        "{ _entities(representations: ["
        + '{__typename: "Signal", id: "a"} ' * 20_000
        + "]) { ... on Signal { id } } }",
        "TOO_MANY",
        3,
    ),
    Attack(
        "1,490 unknown fields",
        "{ viewer { " + " ".join(f"unknown{i}" for i in range(1_490)) + " } }",
        "GRAPHQL_VALIDATION_FAILED",
        1_491,
    ),
    Attack("a selection 5,000 deep", "{ a " * 5_000 + "}" * 5_000, "TOO_MANY", 5_000),
    Attack("3,000 tokens", "{ viewer { participant { " + "slug " * 2_990 + "} } }", "TOO_MANY", 2_992),
    Attack("10,000 tokens", "{ viewer { participant { " + "slug " * 9_994 + "} } }", "TOO_MANY", 9_996),
    Attack(
        "700 variables",
        "query (" + " ".join(f"$v{i}: Int" for i in range(700)) + ") { viewer { clientId } }",
        "GRAPHQL_VALIDATION_FAILED",
        2,
    ),
    Attack(
        "100 fragments that nobody spreads",
        "{ viewer { clientId } } " + " ".join(f"fragment U{i} on Viewer {{ clientId }}" for i in range(99)),
        "GRAPHQL_VALIDATION_FAILED",
        101,
    ),
    Attack(
        "a million values in variables",
        "query ($r: [_Any!]!) { _entities(representations: $r) { ... on Signal { id } } }",
        "TOO_MANY",
        3,
        {"r": [[0] * 1_000] * 1_000},
    ),
]
