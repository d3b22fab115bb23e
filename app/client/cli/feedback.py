"""`lantern feedback`: reports what came of signals, by itself, and shows how far it is."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final, cast

import typer

from ..errors import Misconfigured
from ..inputs import FeedbackInput
from ..outbox import delivery, lines, parking, rule_file, stopping
from ..outbox.decisions import Rules
from ..outbox.delivery import Deliverer
from ..outbox.outbox import FILE, Outbox
from ..outbox.reports import InvalidReport
from ..outbox.rule_file import BadRules
from . import exits
from .session import Session

SPOOL: Final = "spool"

app = typer.Typer(help="Report what came of signals: durably, each report once, in their order.", no_args_is_help=True)

RulesOption = Annotated[Path | None, typer.Option(help="Rules that make reports of decisions (TOML).")]
Ids = Annotated[list[int] | None, typer.Argument(help="Ids that `lantern feedback parked` shows.", show_default=False)]


def outbox_of(session: Session) -> Outbox:
    """Raises: Misconfigured, OutboxFailed."""
    return Outbox(session.profile.state / FILE)


@app.command()
def add(
    context: typer.Context,
    signal: Annotated[str, typer.Argument(help="Id of the signal.")],
    verdict: Annotated[str, typer.Argument(help="What you found, such as CONFIRMED_VIOLATION.")],
    reason: Annotated[str | None, typer.Option(help="Why; FALSE_POSITIVE needs one.")] = None,
    review_status: Annotated[str | None, typer.Option(help="How it was reviewed, such as REVIEWED_MANUALLY.")] = None,
    reviewed_at: Annotated[str | None, typer.Option(help="When, such as 2026-01-31T12:00:00Z.")] = None,
    reviewer_role: Annotated[str | None, typer.Option(help="Role of whoever reviewed it; no name.")] = None,
    policy_reference: Annotated[str | None, typer.Option(help="The policy of yours that was violated.")] = None,
    action: Annotated[list[str] | None, typer.Option(help="What you did, as WORD or WORD=COUNT; repeatable.")] = None,
    id: Annotated[str | None, typer.Option(help="Your own name for the report: the same again is not sent.")] = None,
) -> None:
    """Put one report into the outbox. Notes go through the spool or the library: others may read a command line."""
    given = {
        "signalId": signal,
        "verdict": verdict,
        "reason": reason,
        "reviewStatus": review_status,
        "reviewedAt": reviewed_at,
        "reviewerRole": reviewer_role,
        "policyReference": policy_reference,
        "actions": [_action(text) for text in action or []],
    }
    session = Session.of(context)
    with outbox_of(session) as outbox:
        report = {name: value for name, value in given.items() if value is not None}
        is_new = outbox.put(cast(FeedbackInput, report), id)
    session.output.record({"put": is_new})


@app.command()
def run(
    context: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="Deliver what is there, then end.")] = False,
    spool: Annotated[Path | None, typer.Option(help="Where programs drop JSON Lines; else `spool` there.")] = None,
    rules: RulesOption = None,
) -> None:
    """Deliver the outbox and the spool, until Ctrl-C or SIGTERM, after which the call under way is still answered."""
    session = Session.of(context)
    loaded = None if rules is None else rule_file.load(rules)
    directory = spool or session.profile.state / SPOOL
    with (
        outbox_of(session) as outbox,
        delivery.alone(outbox),
        session.exchange(delivery.ONE_TRY) as exchange,
        stopping.on_signals() as stop,
    ):
        deliverer = Deliverer(outbox, exchange, loaded, directory, stop=stop)
        if once:
            deliverer.deliver_all()
        else:
            session.output.note(f"Delivering to {session.profile.url}; the spool is {directory}.")
            deliverer.follow()
        _show_status(session, outbox)
    if once and deliverer.parked:
        raise typer.Exit(exits.SOME_REJECTED)


@app.command()
def status(context: typer.Context) -> None:
    """Show how many reports wait, are under way, parked and delivered, and how far delivery is behind."""
    session = Session.of(context)
    with outbox_of(session) as outbox:
        _show_status(session, outbox)


@app.command()
def parked(context: typer.Context) -> None:
    """List what the exchange refused and lines that are no reports, each with the reason."""
    session = Session.of(context)
    with outbox_of(session) as outbox:
        session.output.rows(parking.COLUMNS, parking.parked(outbox))


@app.command()
def retry(
    context: typer.Context,
    ids: Ids = None,
    everything: Annotated[bool, typer.Option("--all", help="All but what a later report has overtaken.")] = False,
) -> None:
    """Send parked reports again, and read parked lines again, once their cause is mended."""
    if bool(ids) is everything:
        raise Misconfigured("Say which: ids, or --all.")
    session = Session.of(context)
    with outbox_of(session) as outbox:
        _show_done(session, "retried", parking.retry(outbox, ids or None), ids)


@app.command()
def drop(context: typer.Context, ids: Ids = None) -> None:
    """Give parked reports up for good."""
    if not ids:
        raise Misconfigured("Say which: the ids.")
    session = Session.of(context)
    with outbox_of(session) as outbox:
        _show_done(session, "dropped", parking.drop(outbox, ids), ids)


@app.command()
def check(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="Rules that make reports of decisions (TOML).")],
    tried: Annotated[Path | None, typer.Option("--try", help="Decisions to try them on, as JSON Lines.")] = None,
) -> None:
    """Check rules before they are used, and show what they make of decisions; nothing is sent."""
    session = Session.of(context)
    try:
        rules = rule_file.load(file)
    except BadRules as bad:
        session.output.rows(("rule", "problem"), [{"rule": one.rule, "problem": one.message} for one in bad.problems])
        raise typer.Exit(exits.USAGE) from None
    if tried is None:
        session.output.record({"rules": len(rules.rules), "problems": 0})
        return
    results = [_tried(number, line, rules) for number, line in enumerate(_lines(tried), 1) if line.strip()]
    session.output.rows(("line", "rule", "verdict", "signalId", "problem"), results)
    if any(result["problem"] for result in results):
        raise typer.Exit(exits.SOME_REJECTED)


def _tried(number: int, line: bytes, rules: Rules) -> dict[str, Any]:
    found: dict[str, Any] = {"line": number, "rule": None, "verdict": None, "signalId": None, "problem": None}
    try:
        read = lines.read_line(line, rules, datetime.now(UTC))
    except InvalidReport as error:
        return found | {"problem": f"{error.reason}: {error}"}
    found["rule"] = read.rule
    if read.made is None:
        return found | {"verdict": "(ignored)"}
    return found | {"verdict": read.made.verdict, "signalId": read.made.signal}


def _lines(file: Path) -> list[bytes]:
    try:
        return file.read_bytes().splitlines()
    except OSError:
        raise Misconfigured(f"{file} cannot be read.") from None


def _action(text: str) -> dict[str, Any]:
    word, _, count = text.partition("=")
    if count and not count.isdecimal():
        raise Misconfigured("Give an action as WORD, or as WORD=COUNT.")
    return {"action": word, "count": int(count or 1)}


def _show_status(session: Session, outbox: Outbox) -> None:
    session.output.record(outbox.standing().as_record())


def _show_done(session: Session, done: str, which: list[int], asked: list[int] | None) -> None:
    session.output.record({done: len(which), "ids": which})
    if asked and set(asked) - set(which):
        session.output.note("Some of these are not parked, or a later report has overtaken them.")
        raise typer.Exit(exits.SOME_REJECTED)
