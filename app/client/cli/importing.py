"""`lantern import`: files of signals, to the exchange."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast, get_args

import typer
from rich.markup import escape
from rich.progress import BarColumn, Progress, TimeElapsedColumn

from .. import settings
from ..conversation import Patience
from ..errors import Misconfigured
from ..importing import imports, rehearsal
from ..importing.batches import Batch
from ..importing.imports import Order, Report
from ..importing.journal import Result
from ..importing.passes import Watch
from ..reading.defaults import Defaults, Options, UnusableInstruction
from ..reading.formats import Format, Source, open_source
from ..reading.mapping import read_mapping
from ..reading.rows import UnreadableFile
from ..vocabulary import GuardList
from . import exits
from . import import_options as asked
from .output import printable
from .session import Session

# A server that starts again, or a network that is away, is waited for.
PATIENCE = Patience(attempts=30, seconds=300.0)
# Where the journals are under the state of a profile.
JOURNALS = "imports"
OUTCOMES = ("place", "outcome", "code", "field", "message")
_WIDTHS = (9, 10, 20, 12, 0)


def import_files(
    context: typer.Context,
    files: asked.Files,
    *,
    format: asked.Format = None,
    mapping: asked.Mapping = None,
    type: asked.Type = None,
    violation: asked.Violations = None,
    severity: asked.Severity = None,
    confidence: asked.Confidence = None,
    handling: asked.Handling = None,
    platform: asked.Platform = None,
    language: asked.Language = None,
    region: asked.Region = None,
    scheme: asked.Scheme = None,
    observed_at: asked.ObservedAt = None,
    group: asked.Groups = None,
    context_text: asked.Context = None,
    expires_at: asked.ExpiresAt = None,
    all_attributes: asked.AllAttributes = False,
    guard_list: asked.GuardList = None,
    dry_run: asked.DryRun = False,
    offline: asked.Offline = False,
    again: asked.Again = False,
    rejected: asked.Rejected = None,
) -> None:
    """Upload the signals of files, each row once in effect. After a break the same command goes on where it was."""
    session = Session.of(context)
    if rejected and len(files) > 1:
        raise Misconfigured("--rejected names one file: import the files one by one.")
    if offline and not dry_run:
        raise Misconfigured("--offline goes with --dry-run: what is imported goes to the exchange.")
    labels = {"type": type, "violations": violation, "severity": severity, "confidence": confidence}
    hints = {"platform": platform, "language": language, "region": region, "scheme": scheme, "context": context_text}
    bounds = {"handling": handling, "audience_groups": group, "observed_at": observed_at, "expires_at": expires_at}
    said = labels | hints | bounds
    options = Options(all_attributes, _guard_list(guard_list))
    rejected_any = False
    for file in files:
        source = _opened(file, format, mapping, said, options)
        some = _rehearse(session, source, offline) if dry_run else _import(session, source, rejected, again)
        rejected_any = rejected_any or some
    raise typer.Exit(exits.SOME_REJECTED if rejected_any else exits.DONE)


def _opened(file: Path, format: Format | None, mapping: Path | None, said: dict[str, Any], options: Options) -> Source:
    """Raises: Misconfigured."""
    with _readable(file):
        defaults = Defaults.of(said)
        columns = read_mapping(mapping) if mapping else None
        return open_source(file, format, defaults, columns, options)


def _guard_list(said: str | None) -> GuardList | None:
    """Raises: Misconfigured."""
    known = get_args(GuardList)
    if said is not None and said not in known:
        raise Misconfigured(f"--guard-list takes {', '.join(known)}.")
    return cast(GuardList | None, said)


def _import(session: Session, source: Source, rejected: Path | None, again: bool) -> bool:
    """Whether rows were rejected."""
    profile = session.profile
    journals = profile.state / JOURNALS
    order = Order(source, profile.url, profile.client_id, journals, rejected, again)
    with _readable(source.path), _stoppable(session), _shown(session, source) as watch:
        report = asyncio.run(_carry_out(session, order, watch))
    _tell(session, source, report)
    return report.rejected > 0


async def _carry_out(session: Session, order: Order, watch: Watch) -> Report:
    async with settings.connect_async(session.profile, PATIENCE) as exchange:
        return await imports.carry_out(order, exchange, watch)


def _tell(session: Session, source: Source, report: Report) -> None:
    if report.was_finished:
        session.output.note(f"{source.path} was imported before and has not changed: --again imports it anew.")
    counts = report.counts
    told: dict[str, Any] = {"file": str(source.path)}
    told |= {name: counts.get(name, 0) for name in ("created", "updated", "unchanged", "rejected")}
    told |= {"skipped": report.skipped if session.as_json else sum(report.skipped.values())}
    if counts.get("links"):
        told |= {name: counts.get(name, 0) for name in ("links_created", "links_updated", "links_unchanged")}
        told |= {"links_rejected": counts.get("links_rejected", 0)}
    told["rejected_file"] = report.rejected_path and str(report.rejected_path)
    told["was_finished"] = report.was_finished
    session.output.record(told)


def _rehearse(session: Session, source: Source, offline: bool) -> bool:
    """Whether rows would be rejected."""
    counts: Counter[str] = Counter()
    results = session.output.results

    def show(*cells: object) -> None:
        """As they come, so that how wide they are is not known: for people what most take, for pipes tabs."""
        texts = ["-" if one is None else printable(str(one)) for one in cells]
        if results.is_terminal:
            texts = [text.ljust(width) for text, width in zip(texts, _WIDTHS, strict=True)]
        results.out(*texts, sep="  " if results.is_terminal else "\t", highlight=False)

    if not session.as_json:
        show(*OUTCOMES)

    def tell(outcome: rehearsal.RowOutcome) -> None:
        counts[outcome.outcome.lower()] += 1
        said = (outcome.place, outcome.outcome, outcome.code, outcome.field, outcome.message)
        if session.as_json:
            session.output.rows(OUTCOMES, [dict(zip(OUTCOMES, said, strict=True))])
        else:
            show(*said)

    async def ask() -> None:
        async with settings.connect_async(session.profile, PATIENCE) as exchange:
            await rehearsal.rehearse(source, exchange, tell)

    with _readable(source.path), _stoppable(session):
        if offline:
            rehearsal.check(source, tell)
        else:
            asyncio.run(ask())
    session.output.note(", ".join(f"{count:,} {name}" for name, count in sorted(counts.items())) or "no rows")
    return counts["rejected"] > 0


@contextmanager
def _shown(session: Session, source: Source) -> Iterator[Watch]:
    """Progress on a terminal: by bytes where the file tells them, else only what was done."""
    notes = session.output.notes
    if not notes.is_terminal or session.as_json:
        yield lambda batch, result: None
        return
    size = source.path.stat().st_size if source.path.suffix != ".gz" else None
    columns = ("{task.description}", BarColumn(), "{task.fields[rows]:,} rows", TimeElapsedColumn())
    with Progress(*columns, console=notes, transient=True) as progress:
        task = progress.add_task(escape(source.path.name), total=size, rows=0)
        rows = 0

        def watch(batch: Batch, result: Result) -> None:
            nonlocal rows
            rows += len(batch.sent) + len(batch.aside)
            progress.update(task, completed=batch.last.offset, rows=rows)

        yield watch


@contextmanager
def _readable(file: Path) -> Iterator[None]:
    """Raises: Misconfigured, with what is wrong with the file or with what was said of it."""
    try:
        yield
    except (UnreadableFile, UnusableInstruction) as error:
        raise Misconfigured(f"{file}: {error}") from None
    except OSError as error:
        raise Misconfigured(f"{error.filename or file} cannot be read: {error.strerror}.") from None


@contextmanager
def _stoppable(session: Session) -> Iterator[None]:
    """By Ctrl-C."""
    try:
        yield
    except KeyboardInterrupt:
        session.output.note("Stopped. What is imported stays; the same command goes on from here.")
        raise typer.Exit(exits.STOPPED) from None
