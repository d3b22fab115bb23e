"""The whole data set, block by block: rows of every table, as the application would have written them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from app.rules.changes import ChangeKind, Sight
from app.rules.keyring import Keyring
from app.rules.normal_forms import Canonical
from tests.bench import people as everybody
from tests.bench import shape
from tests.bench.files import Files
from tests.bench.findings import Findings
from tests.bench.people import People, Person, random_id
from tests.bench.statements import Row, Stated, Statements, retracted
from tests.bench.ties import Ties
from tests.bench.values import Values

Rows = dict[str, list[Row]]


@dataclass(slots=True)
class Generator:
    """Draws `signals` signals, of which the last were uploaded at `now`."""

    signals: int
    keyring: Keyring
    now: datetime
    rng: Random = field(default_factory=lambda: Random(shape.SEED))
    people: People = field(init=False)
    position: int = 0

    def __post_init__(self) -> None:
        self.people = everybody.drawn(self.rng)
        self._values = Values(self.rng)
        self._statements = Statements(self.rng, self.keyring)
        self._findings = Findings(self.rng, self.keyring)
        self._ties = Ties(self.rng, self.people, self.signals)
        self._files = Files(self.rng, self.keyring, self.people)

    _values: Values = field(init=False)
    _statements: Statements = field(init=False)
    _findings: Findings = field(init=False)
    _ties: Ties = field(init=False)
    _files: Files = field(init=False)

    @property
    def cases(self) -> int:
        return min(max(self.signals // shape.SIGNALS_OF_A_CASE, shape.MIN_CASES), shape.MAX_CASES)

    def blocks(self) -> Iterator[Rows]:
        """People first; then uploads, and after each block of them what others said about it."""
        start = self.now - timedelta(days=shape.DAYS)
        yield {table: list(rows) for table, rows in everybody.rows(self.people, self.keyring, start).items()}
        sizes = [min(shape.BLOCK, self.signals - done) for done in range(0, self.signals, shape.BLOCK)]
        step = timedelta(days=shape.DAYS) / len(sizes)
        for number, size in enumerate(sizes):
            yield self._block(size, start + step * number, step, last=number == len(sizes) - 1)

    def _block(self, size: int, moment: datetime, step: timedelta, *, last: bool) -> Rows:
        rows: Rows = {}
        stated: list[tuple[UUID, Canonical, list[Stated]]] = []
        batch = max(20, min(shape.BATCH, self.signals // 500))
        for done in range(0, size, batch):
            uploader, at = self.people.uploader(self.rng), moment + step * (0.3 * done / size)
            for form in self._values.forms(min(batch, size - done)):
                stated.append(self._uploaded(rows, uploader, form, at))
        for signal_id, form, statements in stated:
            self._joined(rows, signal_id, form, statements, moment + step * 0.4)
        for signal_id, form, statements in stated:
            if self.rng.random() < shape.WITH_FEEDBACK:
                self._judged(rows, signal_id, form, statements, moment + step * 0.6)
        if last:
            rows.setdefault("signal_link", []).extend(self._ties.rest(moment + step * 0.7))
        open_to_all = [id for id, _, (first, *_) in stated if first.program_wide]
        for _ in range(-(-self.cases * size // self.signals)):
            chosen = self.rng.sample(open_to_all, min(len(open_to_all), self.rng.randint(10, 60)))
            for table, more in self._files.case(chosen, moment + step * 0.8).items():
                rows.setdefault(table, []).extend(more)
        return rows

    def _uploaded(
        self, rows: Rows, uploader: Person, form: Canonical, at: datetime
    ) -> tuple[UUID, Canonical, list[Stated]]:
        signal = self._statements.signal(form, at)
        id = signal[0]
        rows.setdefault("signal", []).append(signal)
        rows.setdefault("signal_match_key", []).extend(self._statements.keys(id, form))
        first = self._statements.contribution(id, form, uploader, at)
        self._contributed(rows, first, id, at)
        rows.setdefault("signal_link", []).extend(self._ties.add(uploader, id, at))
        return id, form, [first]

    def _joined(self, rows: Rows, id: UUID, form: Canonical, statements: list[Stated], at: datetime) -> None:
        """Others contribute the same signal; some of them take that back."""
        count = self.rng.choices(list(shape.CONTRIBUTORS), list(shape.CONTRIBUTORS.values()))[0]
        for other in self._others(statements, count - 1):
            stated = self._statements.contribution(id, form, other, at)
            if self.rng.random() < shape.RETRACTED:
                rows["contribution"].append(retracted(stated, at + timedelta(minutes=1)))
                self._told(rows, ChangeKind.CONTRIBUTION, (id, other.id), (None, stated), at)
                self._told(rows, ChangeKind.CONTRIBUTION, (id, other.id), (stated, None), at + timedelta(minutes=1))
            else:
                self._contributed(rows, stated, id, at)
                statements.append(stated)

    def _judged(self, rows: Rows, id: UUID, form: Canonical, statements: list[Stated], at: datetime) -> None:
        """Others give feedback, and what they see of the contributions is told about it."""
        count = self.rng.choices(list(shape.AUTHORS), list(shape.AUTHORS.values()))[0]
        for author in self._others(statements, count):
            seen = [s for s in statements if s.program_wide or not set(s.groups).isdisjoint(author.groups)]
            if not seen:
                continue
            current, version, references = self._findings.rows(author, form.type, (id, seen), at)
            rows.setdefault("feedback", []).append(current)
            rows.setdefault("feedback_version", []).append(version)
            rows.setdefault("feedback_reference", []).extend(references)
            for statement in seen:
                subject = (id, statement.contributor.id)
                self._told(rows, ChangeKind.FEEDBACK, subject, (statement, statement), at)

    def _others(self, statements: Sequence[Stated], count: int) -> list[Person]:
        already = {s.contributor.id for s in statements}
        return self.rng.sample([p for p in self.people.contributors if p.id not in already], count) if count else []

    def _contributed(self, rows: Rows, stated: Stated, id: UUID, at: datetime) -> None:
        rows.setdefault("contribution", []).append(stated.row)
        rows.setdefault("contribution_group", []).extend((group, stated.id) for group in stated.groups)
        self._told(rows, ChangeKind.CONTRIBUTION, (id, stated.contributor.id), (None, stated), at)

    def _told(
        self,
        rows: Rows,
        kind: ChangeKind,
        subject: tuple[UUID, UUID],
        sights: tuple[Stated | None, Stated | None],
        at: datetime,
    ) -> None:
        """An entry of the feed, at the next position, as the sequencer gives them."""
        self.position += 1
        seen = [
            (Sight.NOBODY, False, []) if s is None else (Sight.AUDIENCE, s.program_wide, list(s.groups)) for s in sights
        ]
        rows.setdefault("feed", []).append((self.position, random_id(self.rng), kind, *subject, *seen[0], *seen[1], at))
