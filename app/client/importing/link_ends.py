"""The signals at the ends of a link of a file; a source may have made several signals of one thing."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from ..answers import RowProblem
from ..inputs import LinkDraftInput
from ..reading.rows import SourceLink

# Links that one of a file may stand for; a batch of a thousand is put together in memory.
MOST_PAIRS = 100

Known = Mapping[str, Sequence[str | None]]


def ends(link: SourceLink, known: Known) -> tuple[list[str], list[str]] | RowProblem:
    """Or why there is nothing to link."""
    found: list[list[str]] = []
    for field, ref in (("from", link.from_ref), ("to", link.to_ref)):
        if ref not in known:
            return _problem("END_NOT_IN_FILE", field, "The file has no signal under this name.")
        ids = list(dict.fromkeys(signal_id for signal_id in known[ref] if signal_id is not None))
        if not ids:
            return _problem("END_REJECTED", field, "The row of this signal was not taken: mend it first.")
        found.append(ids)
    if len(found[0]) * len(found[1]) > MOST_PAIRS:
        return _problem("TOO_MANY", None, f"It stands for more than {MOST_PAIRS:,} links: give each row its own ref.")
    return found[0], found[1]


def pairs(link: SourceLink, from_ids: Sequence[str], to_ids: Sequence[str]) -> Iterator[LinkDraftInput]:
    for from_id, to_id in product(from_ids, to_ids):
        draft: LinkDraftInput = {"from": from_id, "to": to_id, "relation": link.relation}
        if link.confidence is not None:
            draft["confidence"] = link.confidence
        yield draft


def _problem(reason: str, field: str | None, message: str) -> RowProblem:
    return RowProblem(code=reason, field=field, reason=reason, message=message)
