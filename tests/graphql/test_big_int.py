"""Sums that outgrow 32 bits stay whole numbers on their way to the client."""

import pytest
import strawberry
from graphql import GraphQLFloat, get_named_type
from strawberry.schema.config import StrawberryConfig

from app.graphql.schema import schema
from app.graphql.types.big_int import BIG_INT, GREATEST, BigInt


@strawberry.type
class Query:
    @strawberry.field
    def sum(self, of: BigInt) -> BigInt:
        return of

    @strawberry.field
    def beyond(self, of: BigInt) -> BigInt:
        return BigInt(of + 1)


SCHEMA = strawberry.Schema(query=Query, config=StrawberryConfig(scalar_map={BigInt: BIG_INT}))


@pytest.mark.parametrize("number", [0, 3, 2**31, GREATEST, -GREATEST])
def test_a_whole_number_is_told_exactly_and_without_a_fraction(number: int) -> None:
    result = SCHEMA.execute_sync("query ($of: BigInt!) { sum(of: $of) }", {"of": number})
    assert repr(result.data) == repr({"sum": number})


@pytest.mark.parametrize("value", [3.0, "3", True, GREATEST + 1])
def test_what_is_no_such_number_is_not_read_as_one(value: object) -> None:
    assert SCHEMA.execute_sync("query ($of: BigInt!) { sum(of: $of) }", {"of": value}).errors


def test_a_sum_that_json_would_change_is_not_told_at_all() -> None:
    result = SCHEMA.execute_sync("query ($of: BigInt!) { beyond(of: $of) }", {"of": GREATEST})
    assert (result.data, len(result.errors or ())) == (None, 1)


def test_no_field_of_the_schema_is_a_fraction() -> None:
    fields = [field for type_ in schema._schema.type_map.values() for field in getattr(type_, "fields", {}).values()]
    assert not [field for field in fields if get_named_type(getattr(field, "type", None)) is GraphQLFloat]
