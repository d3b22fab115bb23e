"""The GraphQL operations that the collection is read by."""

from typing import Final

# Links of a signal that are told, the oldest: a link is told at both of its ends.
LINKS: Final = 20

_SUMMARY = "feedbackSummary { opinion participants verdicts { verdict participants } }"
_LINK = "id relation confidence createdAt from { id handling } to { id handling } assertedBy { slug name }"


def _fields(summary: str) -> str:
    return f"""id type level qualifier maskedValue value violations annotations severity confidence handling createdAt
        updatedAt contributors {{ slug name }} {summary} links(first: {LINKS}) {{ edges {{ node {{ {_LINK} }} }} }}"""


def _changes(summary: str) -> str:
    return f"""query Changes($after: String, $first: Int!) {{ changes(after: $after, first: $first) {{
        ... on ChangePage {{ items {{ signalId removed signal {{ {_fields(summary)} }} }} endCursor caughtUp }}
        ... on ResyncRequired {{ startCursor }} }} }}"""


def _found(summary: str) -> str:
    return f"""query Objects($ids: [ID!]!) {{ nodes(ids: $ids) {{
        ... on Signal {{ {_fields(summary)} }}
        ... on SignalLink {{ {_LINK} }} }} }}"""


# Without and with the right to read feedback.
CHANGES: Final = (_changes(""), _changes(_SUMMARY))
FOUND: Final = (_found(""), _found(_SUMMARY))
