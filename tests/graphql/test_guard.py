"""The operation guard: every limit, and that it looks at each part of a document once."""

from functools import reduce

import pytest
from graphql import build_schema, get_introspection_query, parse, validate

from app.errors import TooMany
from app.graphql import guard
from app.rules import limits


def nested(levels: int) -> str:
    return "{ a " * levels + "}" * levels


def refused(text: str) -> str:
    with pytest.raises(TooMany) as caught:
        guard.check(parse(text))
    return caught.value.message


def test_the_standard_introspection_query_just_passes() -> None:
    guard.check(parse(get_introspection_query()))
    guard.check(parse(get_introspection_query(input_value_deprecation=True, specified_by_url=True)))


def test_depth_counts_fields_and_not_fragments() -> None:
    guard.check(parse("{ ... { ... { " + nested(limits.MAX_DEPTH)[2:-1] + " } } }"))
    assert "15 levels" in refused(nested(limits.MAX_DEPTH + 1))


def test_fields_are_counted_with_fragments_expanded() -> None:
    fragments = "fragment F on T { " + "a " * 40 + "}"
    parents = " ".join(f"p{i} {{ ...F }}" for i in range(36))
    guard.check(parse(f"{{ {parents} }} {fragments}"))
    assert "1,500 fields" in refused(f"{{ {parents} q {{ ...F }} }} {fragments}")


def test_aliases_are_counted_with_fragments_expanded() -> None:
    text = "{ x { ...F } y { ...F } } fragment F on T { %s }"
    guard.check(parse(text % " ".join(f"a{i}: b" for i in range(25))))
    assert "50 aliases" in refused(text % " ".join(f"a{i}: b" for i in range(26)))


def test_directives_are_counted_wherever_they_stand() -> None:
    fragment = "fragment F on T @d { ... @d { a @d } }"
    guard.check(parse("query @d { ...F @d " + "a @d " * 45 + "} " + fragment))
    assert "50 directives" in refused("query @d { ...F @d " + "a @d " * 46 + "} " + fragment)


def test_a_mutation_has_few_fields_at_its_root() -> None:
    guard.check(parse("mutation { " + "a " * 10 + "}"))
    assert "10 fields at the root" in refused("mutation { ...F b } fragment F on M { " + "a " * 10 + "}")
    assert "50 fields at the root" in refused("{ " + "a " * 51 + "}")


@pytest.mark.parametrize("where", ["a(b: %s)", "a(b: {c: [%s]})"])
def test_a_list_written_in_the_document_is_bounded(where: str) -> None:
    guard.check(parse("{ %s }" % (where % ("[" + "1 " * 1_000 + "]"))))
    assert "1,000 items" in refused("{ %s }" % (where % ("[" + "1 " * 1_001 + "]")))


def test_a_default_value_is_bounded_too() -> None:
    assert "1,000 items" in refused("query ($a: [Int] = [" + "1 " * 1_001 + "]) { a(b: $a) }")


def test_a_fan_out_of_fragments_is_looked_at_once_each() -> None:
    count = 100
    fragments = " ".join(f"fragment F{i} on T {{ a {{ ...F{i + 1} ...F{i + 1} }} }}" for i in range(12))
    wide = " ".join(f"fragment G{i} on T {{ {f'...G{i + 1} ' * 9} }}" for i in range(count - 20))
    bomb = parse(f"{{ ...F0 ...G0 }} {fragments} fragment F12 on T {{ b }} {wide} fragment G80 on T {{ b }}")
    checking = guard.Guard(guard.fragments_of(bomb))
    checking.of_set(bomb.definitions[0].selection_set)  # type: ignore[attr-defined]
    assert checking.visits == 2 + 12 * 3 + 1 + 80 * 9 + 1
    with pytest.raises(TooMany):
        guard.check(bomb)


def test_a_fragment_that_leads_back_to_itself_ends() -> None:
    document = parse("{ ...A } fragment A on Query { a { ...B } } fragment B on Query { a { ...A ...B } }")
    guard.check(document)
    assert validate(build_schema("type Query { a: Query }"), document)


def test_a_long_chain_of_fragments_does_not_exhaust_the_stack() -> None:
    chain = " ".join(f"fragment F{i} on T {{ {'... { ' * 20} ...F{i + 1} {'}' * 20} }}" for i in range(90))
    assert "100 deep" in refused(f"{{ ...F0 }} {chain} fragment F90 on T {{ a }}")


def test_the_parts_of_a_document_are_bounded() -> None:
    guard.check(parse(" ".join(f"query q{i} {{ a }}" for i in range(100))))
    assert "100 operations and fragments" in refused(" ".join(f"query q{i} {{ a }}" for i in range(101)))


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"a": [0] * 1_001}, "1,000 items"),
        ({"a": {"b": [[0] * 1_001]}}, "1,000 items"),
        ({"a": [[0] * 1_000] * 250}, "200,000 values"),
        ({"a": reduce(lambda inner, _: [inner], range(40), 0)}, "32 levels"),
    ],
)
def test_variables_are_bounded_before_they_are_read(variables: dict[str, object], words: str) -> None:
    with pytest.raises(TooMany, match=words):
        guard.check_variables(variables)


def test_a_full_upload_passes() -> None:
    guard.check_variables({"input": {"drafts": [{"value": "a", "violations": ["X", "Y"]}] * 1_000}})
