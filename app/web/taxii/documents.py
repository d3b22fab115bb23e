"""The GraphQL operations that the collection is read by, with as much in them as the caller has scopes for."""

from collections.abc import Set
from functools import lru_cache
from typing import Final

from app.rules.scopes import Scope

# Links of a signal that are told, the oldest: a link is told at both of its ends.
LINKS: Final = 20


def changes(scopes: Set[str]) -> str:
    return _changes(*_told(scopes))


def objects(scopes: Set[str]) -> str:
    return _objects(*_told(scopes))


def _told(scopes: Set[str]) -> tuple[bool, bool]:
    return Scope.FEEDBACK_READ in scopes, Scope.PARTICIPANTS_READ in scopes


def _link(participants: bool) -> str:
    asserter = "assertedBy { slug name }" if participants else ""
    return f"id relation confidence createdAt from {{ id handling }} to {{ id handling }} {asserter}"


def _signal(feedback: bool, participants: bool) -> str:
    summary = "feedbackSummary { opinion participants verdicts { verdict participants } }" if feedback else ""
    contributors = "contributors { slug name }" if participants else ""
    return f"""id type level qualifier maskedValue value violations annotations severity confidence handling createdAt
        updatedAt {contributors} {summary} links(first: {LINKS}) {{ edges {{ node {{ {_link(participants)} }} }} }}"""


@lru_cache
def _changes(feedback: bool, participants: bool) -> str:
    return f"""query Changes($after: String, $first: Int!) {{ changes(after: $after, first: $first) {{
        ... on ChangePage {{ items {{ signalId removed signal {{ {_signal(feedback, participants)} }} }}
            endCursor caughtUp }}
        ... on ResyncRequired {{ startCursor }} }} }}"""


@lru_cache
def _objects(feedback: bool, participants: bool) -> str:
    return f"""query Objects($ids: [ID!]!) {{ nodes(ids: $ids) {{
        ... on Signal {{ {_signal(feedback, participants)} }}
        ... on SignalLink {{ {_link(participants)} }} }} }}"""
