"""What clients read instead of the GraphQL library's own messages, which echo what was sent.

A phrase takes over names of the schema only: of types, fields, arguments and directives that exist.
"""

import re

UNKNOWN = "This part of the document is not valid."

_PUNCTUATION = r"'[^\w\s']{1,3}'"
_TOKEN = rf"(?:{_PUNCTUATION}|Name|Int|Float|String|BlockString|Comment|<EOF>)"

# What the library says, and what we say; the groups are put into the braces in their order.
_PHRASES = [
    (re.compile(pattern, re.DOTALL), phrase)
    for pattern, phrase in (
        # The text
        (rf"Syntax Error: Expected ({_PUNCTUATION}|'\w+'|\w+), found ({_TOKEN})", "Expected {}, found {}."),
        (rf"Syntax Error: Unexpected ({_TOKEN})", "Unexpected {}."),
        (r"Syntax Error: Unterminated string", "A string does not end."),
        (r"Syntax Error: ", "The document is not GraphQL."),
        # What is asked for
        (r"Cannot query field '.*' on type '(\w+)'", "{} has no such field."),
        (
            r"Field '(\w+)' must not have a selection since type '([\w!\[\]]+)'",
            "{} of type {} has no fields to select.",
        ),
        (r"Field '(\w+)' of type '([\w!\[\]]+)' must have", "Say which fields of {} ({}) you want."),
        (r"Fields '.*' conflict", "Fields that answer under one name differ here; give them different aliases."),
        (r"Maximum introspection depth", "The introspection is nested too deeply."),
        (r"Unknown type ", "There is no such type."),
        # Arguments and directives
        (r"Unknown argument '.*' on field '(\w+\.\w+)'", "{} has no such argument."),
        (r"Unknown argument '.*' on directive '(@\w+)'", "{} has no such argument."),
        (r"Argument '(@?[\w.]+\(\w+:\))' of type '([\w!\[\]]+)' is required", "{} is required; its type is {}."),
        (r"Unknown directive ", "There is no such directive."),
        (r"Directive '(@\w+)' may not be used on (\w+)", "{} may not be used on {}."),
        (r"The directive '(@\w+)' can only be used once", "{} can only be used once here."),
        # Fragments
        (r"Unknown fragment ", "There is no such fragment."),
        (r"Fragment '\w+' is never used", "This fragment is never used."),
        (r"Cannot spread fragment ", "This fragment leads back to itself."),
        (
            r"Fragment .*cannot be spread here as objects of type '(\w+)' can never be of type '(\w+)'",
            "This fragment never applies: a {} is never a {}.",
        ),
        (r"Fragment .*cannot condition on non composite type '(\w+)'", "A fragment cannot be on {}: it has no fields."),
        # Variables
        (r"Variable '\$\w+' is not defined", "This variable is not defined."),
        (r"Variable '\$\w+' is never used", "This variable is never used."),
        (
            r"Variable '\$\w+' cannot be non-input type '([\w!\[\]]+)'",
            "A variable cannot be of type {}: that is output.",
        ),
        (r"Variable '\$\w+' is of type .* OneOf", "A variable in this place must not be nullable."),
        (
            r"Variable '\$\w+' of type '([\w!\[\]]+)' used in position expecting type '([\w!\[\]]+)'",
            "A variable of type {} stands where {} is expected.",
        ),
        (r"Expected variable '\$\w+' provided to", "A variable has no value where one is needed."),
        # Operations and names
        (r"The (\w+) operation is not supported", "There is no {} operation here."),
        (r"This anonymous operation must be the only", "An operation without a name must be the only one."),
        (r"The .* definition is not executable", "A document holds operations and fragments only."),
        (
            r"There can be only one (argument|fragment|input field|operation|variable) named",
            "There is more than one {} of this name.",
        ),
        # Values
        (
            r"(?:Value cannot represent a DateTime|DateTime cannot represent)",
            "Expected a DateTime: a point in time with an offset, such as `2026-07-01T12:00:00Z`.",
        ),
        (r"(Int|Float|String|Boolean|ID) cannot represent", "Expected a value of type {}."),
        (r"Enum '(\w+)' cannot represent", "Expected one of the values of {}."),
        (r"Value '.*' does not exist in '(\w+)' enum", "Expected one of the values of {}."),
        (r"Expected value of non-null type '([\w!\[\]]+)' not to be None", "Expected a value of type {}, not null."),
        (r"Expected a value of non-null type '([\w!\[\]]+)' to be provided", "A value of type {} is required."),
        (r"Expected value of type '(\w+)' to include required field '(\w+)'", "{} needs a value for {}."),
        (r"Expected value of type '(\w+)' not to include unknown field", "{} has no such field."),
        (r"Expected value of type '(\w+)' to be an object", "Expected an object of type {}."),
        (r"Expected value of type '([\w!\[\]]+)', found null", "Expected a value of type {}, not null."),
        (r"Expected value of type '([\w!\[\]]+)'", "Expected a value of type {}."),
        (r"Within OneOf Input Object type '(\w+)'", "{} takes exactly one of its fields, and not null."),
        (r"OneOf Input Object '(\w+)' must specify exactly one", "{} takes exactly one of its fields."),
        (r"Field '(\w+\.\w+)' must be non-null", "{} must not be null."),
        # Giving up
        (r"Too many (?:validation errors|errors processing)", "There are more errors than are told."),
    )
]

_VARIABLE = re.compile(
    r"Variable '\$(\w{1,64})' has invalid (?:default )?value(?: at \.?([\w.\[\]]+))?: (.*)", re.DOTALL
)
_ARGUMENT = re.compile(r"Argument '((?:\w+\.)?\w+(?:\(\w+:\))?)'.* has invalid (?:default )?value", re.DOTALL)


def plain(message: str) -> str:
    """The same in words that hold no value and no name of the client's choice."""
    for pattern, phrase in _PHRASES:
        found = pattern.match(message)
        if found:
            return phrase.format(*found.groups())
    return UNKNOWN


def about_variable(message: str) -> str:
    """As `plain`, with the variable and the place in it in front."""
    found = _VARIABLE.match(message)
    if not found:
        return plain(message)
    name, place, reason = found.groups()
    where = "" if place is None else place if place.startswith("[") else f".{place}"
    return f"${name}{where}: {plain(reason)}"


def about_argument(message: str) -> str | None:
    """The same for an argument that turns out invalid when its field runs; None if the message is about others."""
    found = _ARGUMENT.match(message)
    return f"{found[1]} has an invalid value." if found else None
