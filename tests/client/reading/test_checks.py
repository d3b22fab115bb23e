"""The check before an upload says what the exchange would say, under the same words and without the value."""

from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from graphql import GraphQLInputObjectType, build_schema, is_required_input_field

from app.client.reading.checks import check
from app.client.reading.rows import FIELDS, Draft
from app.errors import Refusal
from tests.rules import case_files

ROOT = Path(__file__).resolve().parents[3]
NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
DRAFT = Draft("DOMAIN", "bad.example", ("SEXTORTION_FINANCIAL",), "MEDIUM", 50)


def test_a_draft_has_the_fields_of_the_schema() -> None:
    schema = build_schema((ROOT / "schema.graphql").read_text("utf-8"), assume_valid=True)
    asked = schema.type_map["SignalDraftInput"]
    assert isinstance(asked, GraphQLInputObjectType)
    assert sorted(asked.fields) == sorted(FIELDS.values())
    assert [field.name for field in fields(Draft)] == list(FIELDS)
    needed = {name for name, field in asked.fields.items() if is_required_input_field(field)}
    assert needed == set(DRAFT.as_input())


def test_what_the_exchange_would_take_has_no_problem() -> None:
    assert check(DRAFT, NOW) is None


@pytest.mark.parametrize(
    ("said", "code", "field"),
    [
        ({"value": "com"}, "PUBLIC_SUFFIX", "value"),
        ({"value": "192.0.2.1"}, "IP_ADDRESS_AS_DOMAIN", "value"),
        ({"type": "IP_ADDRESS", "value": "8.8.8.8"}, "OBSERVED_AT_REQUIRED", "observedAt"),
        (
            {"type": "IP_ADDRESS", "value": "8.8.8.8", "observed_at": "2026-07-02T12:00:00Z"},
            "IN_THE_FUTURE",
            "observedAt",
        ),
        (
            {"type": "IP_ADDRESS", "value": "10.0.0.1", "observed_at": "2026-06-01T12:00:00Z"},
            "RESERVED_ADDRESS",
            "value",
        ),
        ({"type": "USERNAME", "value": "name"}, "PLATFORM_REQUIRED", "platform"),
        ({"type": "PAYMENT_HANDLE", "value": "name", "scheme": "coin"}, "UNKNOWN_SCHEME", "scheme"),
        ({"type": "HASH_MD5", "value": "0" * 31}, "NOT_A_HASH", "value"),
        ({"type": "EMAIL_ADDRESS", "value": "a@bad.example", "handling": "GREEN"}, "HANDLING_TOO_OPEN", "handling"),
        ({"annotations": ("MINOR_TO_MINOR",)}, "SECOND_REVIEWER_REQUIRED", "annotations"),
        ({"content_grade": "A1"}, "GRADE_NEEDS_HASH", "contentGrade"),
        ({"subject_role": "VICTIM"}, "PROTECTED_SUBJECT", "subjectRole"),
        ({"expires_at": "2026-06-01T12:00:00Z"}, "IN_THE_PAST", "expiresAt"),
        ({"context": "x" * 4_001}, "TOO_LONG", "context"),
        ({"context": "a\x00b"}, "CONTROL_CHARACTER", "context"),
        ({"value": "x" * 9_000}, "TOO_LONG", "value"),
        ({"value": "caf\x00.example"}, "NOT_A_DOMAIN", "value"),
    ],
)
def test_a_rule_that_is_broken_is_named_as_the_exchange_names_it(
    said: dict[str, object], code: str, field: str
) -> None:
    problem = check(replace(DRAFT, **said), NOW)  # type: ignore[arg-type]
    assert problem is not None
    assert (problem.code, problem.field) == (code, field)
    assert problem.code in set(Refusal)


@pytest.mark.parametrize("name", ["email", "domain", "url", "ip", "payment"])
def test_the_check_agrees_with_the_case_files(name: str) -> None:
    """What has no normal form is refused; what has one may still be refused by policy."""
    for row in (row for file in _files(name) for row in case_files.rows(file)):
        if row.get("type") not in case_files.TYPES or case_files.outcome(row) != "ERROR":
            continue
        hints = case_files.hints(row)
        draft = replace(
            DRAFT,
            type=case_files.TYPES[row["type"]].value,
            value=row["raw"],
            platform=hints.platform,
            language=hints.language,
            region=hints.region,
            scheme=hints.scheme,
            observed_at="2026-06-01T12:00:00Z",
        )
        problem = check(draft, NOW)
        assert problem is not None, row
        assert len(row["raw"]) < 4 or row["raw"] not in problem.message


def _files(name: str) -> list[str]:
    found = sorted(case_files.path(name).glob("*.jsonl*"))
    return [f"{name}/{file.name}" for file in found]
