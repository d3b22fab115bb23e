"""Cases of the data set, as `openCase` and what follows it write them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from app.rules.cases import CaseEventKind, CaseStatus
from app.rules.keyring import Keyring
from app.rules.sealing import seal
from tests.bench.people import People, random_id
from tests.bench.statements import Row
from tests.bench.values import WORDS


@dataclass(slots=True)
class Files:
    """Draws cases over signals that the whole program sees, so their members see them."""

    rng: Random
    keyring: Keyring
    people: People

    def case(self, signals: Sequence[UUID], moment: datetime) -> Mapping[str, list[Row]]:
        rng, id = self.rng, random_id(self.rng)
        opener, *invited = rng.sample(self.people.contributors, rng.randint(2, 6))
        notes = [
            (random_id(rng), moment + timedelta(minutes=n), rng.choice((opener, *invited)).id)
            for n in range(1, 1 + rng.randint(3, 12))
        ]
        title = seal(self.keyring, f"Example case {rng.choice(WORDS)} {rng.choice(WORDS)}", id)
        summary = seal(self.keyring, "What the members know so far, in a few words.", id)
        last = notes[-1][1]
        told = [
            (CaseEventKind.OPENED, None, CaseStatus.OPEN),
            *((CaseEventKind.MEMBER_INVITED, member.id, None) for member in invited),
            *((CaseEventKind.SIGNAL_ADDED, signal, None) for signal in signals),
        ]
        event_ids = sorted(random_id(rng) for _ in told)
        events: list[Row] = [
            (event, moment, id, opener.id, kind, subject, status, None, number)
            for number, (event, (kind, subject, status)) in enumerate(zip(event_ids, told, strict=True), 1)
        ]
        events += [
            (random_id(rng), at, id, author, CaseEventKind.NOTE_ADDED, note, None, None, number)
            for number, (note, at, author) in enumerate(notes, 1 + len(told))
        ]
        return {
            "shared_case": [(id, moment, opener.id, title, summary, CaseStatus.OPEN, None, last, len(events))],
            "case_member": [(id, member.id, opener.id, moment) for member in (opener, *invited)],
            "case_signal": [(id, signal, opener.id, moment) for signal in signals],
            "case_note": [
                (note, at, id, author, seal(self.keyring, f"Looked at {rng.choice(WORDS)} again: the same.", note))
                for note, at, author in notes
            ],
            "case_event": events,
        }
