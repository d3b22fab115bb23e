"""What is asked of each noun, as fragments: documents stay short enough to be kept by the exchange."""

from collections.abc import Iterable

_FRAGMENTS = {
    "signal": (
        "Signal",
        "id violations severity confidence handling createdAt updatedAt contributors { id }"
        " contributions { id version } feedbackSummary { opinion verdicts { verdict participants } }",
    ),
    "contribution": (
        "Contribution",
        "id status severity programWide contributor { id } signal { id } value audienceGroups",
    ),
    "link": ("SignalLink", "id relation from { id } to { id } assertedBy { id }"),
    "participant": ("Participant", "id status groups { id }"),
    "feedback": (
        "Feedback",
        "id verdict reason actions { action count } updatedAt signal { id } author { id } createdAt note"
        " policyReference reviewerRole",
    ),
    "case": (
        "Case",
        "id title status disposition openedBy { id } members { participant { id } }"
        " signals { edges { node { signal { id } addedBy { id } } } } notes { edges { node { text author { id } } } }"
        " timeline { edges { node { kind actor { id } member { id } signal { id } note { id } } } }",
    ),
    "record": ("AccessRecord", "id reader { id } signal { id } case { id }"),
    "report": ("VictimReport", "id state signal { id } reporter { id }"),
    "funnel": ("ImpactFunnel", "downloaded matched reviewed actionable alreadyActioned actions { action count }"),
}
SIGNAL, CONTRIBUTION, LINK, PARTICIPANT, FEEDBACK, CASE, RECORD, REPORT, FUNNEL = (f"...{name}" for name in _FRAGMENTS)


def document(fields: Iterable[str], variables: Iterable[tuple[str, str]] = ()) -> str:
    """One query with these fields and variables, each variable with its type."""
    declared = ", ".join(f"${name}: {type}" for name, type in variables)
    selected = " ".join(fields)
    used = [(name, *about) for name, about in _FRAGMENTS.items() if f"...{name} " in selected]
    fragments = " ".join(f"fragment {name} on {type} {{ {selection} }}" for name, type, selection in used)
    return f"query{f'({declared})' if declared else ''} {{ {selected} }} {fragments}"
