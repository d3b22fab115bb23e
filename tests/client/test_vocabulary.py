"""The client's words are those of the schema."""

from pathlib import Path

import pytest
from graphql import GraphQLEnumType, build_schema

from app.client.vocabulary import ENUMS

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def enums() -> dict[str, tuple[str, ...]]:
    schema = build_schema((ROOT / "schema.graphql").read_text("utf-8"), assume_valid=True)
    return {name: tuple(kind.values) for name, kind in schema.type_map.items() if isinstance(kind, GraphQLEnumType)}


@pytest.mark.parametrize("name", ENUMS)
def test_an_enum_of_the_client_has_the_words_of_the_schema(name: str, enums: dict[str, tuple[str, ...]]) -> None:
    assert ENUMS[name] == enums[name]
