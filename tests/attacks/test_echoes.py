"""What is misspelt is not corrected, as the schema is not to be guessed, and no message repeats what was sent."""

import json
from typing import Any

import pytest

from tests.attacks.target import Target

CANARY = "canary@mail.example"

# What is one letter away from a name of the schema, and the name that must not be told.
MISSPELT: list[tuple[str, dict[str, Any], str]] = [
    ("{ signalz { edges { cursor } } }", {}, "signals"),
    ("{ viewer { clientIdd } }", {}, "clientId"),
    ("{ signals(frst: 1) { edges { cursor } } }", {}, "first"),
    ("{ signals(orderBy: UPDATED_NEWEST_FIRTS) { edges { cursor } } }", {}, "NEWEST_FIRST"),
    ("{ signals(filter: {typs: [URL]}) { edges { cursor } } }", {}, "types"),
    ('{ node(id: "a") { ... on Signall { id } } }', {}, "Signal"),
    ("query ($f: SignalFilterInputt) { signals(filter: $f) { edges { cursor } } }", {}, "SignalFilterInput"),
    ("query ($first: Int!) { signals(first: $frist) { edges { cursor } } }", {"first": 1}, "first"),
    ("{ viewer { clientId @skipp(if: true) } }", {}, "@skip"),
    ("{ viewer { clientId @skip(iff: true) } }", {}, "if"),
    ("{ viewer { ...Partt } } fragment Part on Viewer { clientId }", {}, "Part "),
    ("query Mine { viewer { clientId } } query Yours { viewer { scopes } }", {"operationName": "Minee"}, "Mine"),
    ("query ($f: SignalFilterInput) { signals(filter: $f) { edges { cursor } } }", {"f": {"typs": []}}, "types"),
    ("query ($f: SignalFilterInput) { signals(filter: $f) { edges { cursor } } }", {"f": {"types": ["URLL"]}}, "URL"),
    ("mutation { uploadSignalss { __typename } }", {}, "uploadSignals"),
]


@pytest.mark.parametrize(("text", "variables", "name"), MISSPELT)
async def test_what_is_misspelt_is_not_corrected(
    target: Target, text: str, variables: dict[str, Any], name: str
) -> None:
    body = {"query": text, "variables": variables} | ({"operationName": "Minee"} if "Minee" in str(variables) else {})
    answer = await target.ask(body, target.token)
    told = [error["message"] for error in answer.json()["errors"]]
    assert told
    assert all("mean" not in words.lower() for words in told), told
    assert all(name not in words.split() and f"{name}?" not in words and f'"{name}"' not in words for words in told)


# Each place where a client can put a value, with a canary in it.
ECHOING: list[dict[str, Any]] = [
    {"query": f'{{ signal(id: "{CANARY}", id: "{CANARY}") {{ id }} }}'},
    {"query": f'{{ signals(first: "{CANARY}") {{ edges {{ cursor }} }} }}'},
    {"query": f'{{ signals(after: "{CANARY}") {{ edges {{ cursor }} }} }}'},
    {"query": f'{{ signals(orderBy: "{CANARY}") {{ edges {{ cursor }} }} }}'},
    {"query": f'{{ signals(filter: {{updatedSince: "{CANARY}"}}) {{ edges {{ cursor }} }} }}'},
    {"query": f'{{ signals(filter: {{types: ["{CANARY}"]}}) {{ edges {{ cursor }} }} }}'},
    {"query": f'{{ node(id: "{CANARY}" {{ id }} }}'},
    {"query": f'{{ _entities(representations: [{{__typename: "{CANARY}", id: "{CANARY}"}}]) {{ __typename }} }}'},
    {"query": f'{{ __type(name: "{CANARY}", name: "{CANARY}") {{ name }} }}'},
    {"query": f'{{ viewer {{ clientId @skip(if: "{CANARY}") }} }}'},
    {"query": f'query ($n: Int = "{CANARY}") {{ signals(first: $n) {{ edges {{ cursor }} }} }}'},
    {"query": "{ viewer { clientId } }", "operationName": CANARY},
    {"query": "{ viewer { clientId } }", "variables": CANARY},
    {"query": "{ viewer { clientId } }", "extensions": CANARY},
    {"query": [CANARY]},
    {"query": CANARY},
    {"query": f'"{CANARY}'},
    *(
        {"query": f"query ($v: {type_}) {{ {use} }}", "variables": {"v": value}}
        for type_, use, value in (
            ("Int!", "signals(first: $v) { edges { cursor } }", CANARY),
            ("String", "signals(after: $v) { edges { cursor } }", {CANARY: CANARY}),
            ("String", "signals(after: $v) { edges { cursor } }", CANARY),
            ("SignalOrder!", "signals(orderBy: $v) { edges { cursor } }", CANARY),
            ("SignalFilterInput", "signals(filter: $v) { edges { cursor } }", {CANARY: CANARY}),
            ("SignalFilterInput", "signals(filter: $v) { edges { cursor } }", {"types": [CANARY]}),
            ("SignalFilterInput", "signals(filter: $v) { edges { cursor } }", {"updatedSince": CANARY}),
            ("SignalFilterInput", "signals(filter: $v) { edges { cursor } }", {"confidenceAtLeast": CANARY}),
            ("[_Any!]!", "_entities(representations: $v) { __typename }", [{"__typename": CANARY, "id": CANARY}]),
            ("[MatchValueInput!]!", "matchSignals(values: $v) { index }", [{"type": CANARY, "value": CANARY}]),
            ("[MatchValueInput!]!", "matchSignals(values: $v) { index }", [{"type": "URL", CANARY: CANARY}]),
        )
    ),
]


@pytest.mark.parametrize("body", ECHOING, ids=range(len(ECHOING)))
async def test_no_message_repeats_what_was_sent(target: Target, body: dict[str, Any]) -> None:
    answer = await target.ask(body, target.token)
    assert answer.json()["errors"]
    assert "canary" not in answer.text.lower()
    assert "canary" not in json.dumps(dict(answer.headers)).lower()
