"""What the exchange, or what stands before it, may answer while a file is imported."""

import json
import re
from dataclasses import replace
from pathlib import Path

from app.client.cli import exits
from tests.client.importing.checking import check
from tests.client.importing.gateway import Answer, gateway
from tests.client.importing.runs import Partner
from tests.client.importing.truth import LABELS, Truth, mixed
from tests.client.restartable import Restartable

LATER = Answer(429, {"Retry-After": "1"})
_REFUSED = {"errors": [{"message": "This token has ended.", "extensions": {"code": "UNAUTHENTICATED"}}]}
NO_MORE = Answer(401, {"WWW-Authenticate": 'Bearer error="invalid_token"'}, json.dumps(_REFUSED).encode())


def test_an_exchange_that_asks_to_wait_is_waited_for(own: Restartable, prefix: str, tmp_path: Path) -> None:
    def instead(path: str, body: bytes, number: int) -> Answer | None:
        return LATER if number in (1, 3, 4) else None

    truth = mixed(prefix, 400, seed=11)
    with gateway(own.url, instead) as before:
        partner = Partner(before.url, own.clients["alder"], tmp_path / "home", {"EXCHANGE_ISSUER": own.url}, batch=50)
        ended = partner.run(truth.write(tmp_path / "signals.jsonl"))
    check(Partner(own.url, own.clients["alder"], tmp_path / "direct"), truth, ended)


def test_a_token_that_ends_in_the_middle_is_renewed(own: Restartable, prefix: str, tmp_path: Path) -> None:
    tokens: list[int] = []

    def instead(path: str, body: bytes, number: int) -> Answer | None:
        if path != "/graphql":
            tokens.append(number)
            return None
        return NO_MORE if number in (2, 6) else None

    truth = mixed(prefix, 400, seed=12)
    with gateway(own.url, instead) as before:
        partner = Partner(before.url, own.clients["alder"], tmp_path / "home", {"EXCHANGE_ISSUER": own.url}, batch=50)
        ended = partner.run(truth.write(tmp_path / "signals.jsonl"))
    assert len(tokens) > 1
    check(Partner(own.url, own.clients["alder"], tmp_path / "direct"), truth, ended)


def test_a_batch_that_is_sent_again_is_the_same_under_the_same_key(
    own: Restartable, prefix: str, tmp_path: Path
) -> None:
    def instead(path: str, body: bytes, number: int) -> Answer | None:
        return Answer(503) if path == "/graphql" and number <= 3 else None

    seen: list[bytes] = []

    def noting(path: str, body: bytes, number: int) -> Answer | None:
        if path == "/graphql":
            seen.append(body)
        return instead(path, body, number)

    truth = mixed(prefix, 200, seed=13)
    with gateway(own.url, noting) as before:
        partner = Partner(before.url, own.clients["alder"], tmp_path / "home", {"EXCHANGE_ISSUER": own.url}, batch=50)
        partner.run(truth.write(tmp_path / "signals.jsonl"))
    keys = [re.search(rb'"idempotencyKey":"([^"]+)"', body) for body in seen]
    said = {(key.group(1), body) for key, body in zip(keys, seen, strict=True) if key}
    assert len(seen) == len(said) + 3
    assert len({key for key, _ in said}) == len(said)


def test_a_row_that_the_exchange_refuses_a_whole_call_for_is_found_and_rejected(
    own: Restartable, prefix: str, tmp_path: Path
) -> None:
    error = {"message": "No such value.", "extensions": {"code": "BAD_USER_INPUT", "reason": "MALFORMED"}}
    refusal = Answer(200, {"Content-Type": "application/json"}, json.dumps({"errors": [error]}).encode())

    def instead(path: str, body: bytes, number: int) -> Answer | None:
        return refusal if b"poison" in body else None

    truth = Truth(prefix)
    for number in range(40):
        truth.domain(number)
    truth.lines.insert(17, {"type": "DOMAIN", "value": "poison.example", "confidence": 50, **LABELS})
    truth.counts["rejected"], truth.rejected = 1, [(18, "MALFORMED")]
    with gateway(own.url, instead) as before:
        partner = Partner(before.url, own.clients["alder"], tmp_path / "home", {"EXCHANGE_ISSUER": own.url}, batch=50)
        ended = partner.run(truth.write(tmp_path / "signals.jsonl"))
    check(Partner(own.url, own.clients["alder"], tmp_path / "direct"), truth, ended)


def test_who_is_not_let_in_is_told_so_and_goes_on_when_it_is(own: Restartable, prefix: str, tmp_path: Path) -> None:
    truth = mixed(prefix, 200, seed=14)
    file = truth.write(tmp_path / "signals.jsonl")
    right = own.clients["alder"]
    wrong = Partner(own.url, replace(right, secret="wrong"), tmp_path / "home").run(file)
    assert (wrong.code, wrong.told) == (exits.NOT_ALLOWED, [])
    partner = Partner(own.url, right, tmp_path / "home")
    check(partner, truth, partner.run(file))


def test_a_warning_list_goes_into_the_guard_lists_of_the_operator_and_of_nobody_else(
    own: Restartable, prefix: str, tmp_path: Path
) -> None:
    file = tmp_path / "list.json"
    entries = [f"{prefix}{number}.example" for number in range(1_200)]
    listed = {"name": "Sites", "type": "hostname", "matching_attributes": ["domain"], "list": [*entries, "x y"]}
    file.write_text(json.dumps(listed | {"description": "Well-known sites", "version": 1}))
    more = ("--guard-list", "TOP_SITES", file)
    refused = Partner(own.url, own.clients["alder"], tmp_path / "theirs").run(*more)
    assert (refused.code, refused.told) == (exits.NOT_ALLOWED, [])
    operator = Partner(own.url, own.clients["operator"], tmp_path / "operator")
    loaded, again = operator.run(*more), operator.run("--again", *more)
    assert (loaded.counts["created"], again.counts["created"], again.counts["unchanged"]) == (1_200, 0, 1_200)
    assert loaded.counts["rejected"] == again.counts["rejected"] == 1
    truth = Truth(prefix)
    truth.lines = [{"type": "DOMAIN", "value": entries[3], "confidence": 50, **LABELS}]
    partner = Partner(own.url, own.clients["alder"], tmp_path / "home")
    assert partner.run(truth.write(tmp_path / "signals.jsonl")).counts["rejected"] == 1
