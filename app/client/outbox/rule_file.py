"""The file of rules that make reports of decisions: read from TOML, and checked as a whole before any is used."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path as FilePath
from typing import Any, Final, NoReturn

from ..errors import Misconfigured
from . import reports
from .decisions import ATTESTED, MANUAL, SAID, Condition, Given, Path, Rule, Rules
from .reports import InvalidReport

_PATH: Final = re.compile(r"\$(\.[^.\s]+)+")
# What a rule may take from `[decision]` instead of saying it itself.
_SHARED: Final = frozenset({"id", "signal_id", "policy_reference", "note", *ATTESTED})
_KEYS: Final = _SHARED | SAID.keys() | {"when", "ignore", "verdict", "actions"}
_SCALARS: Final = (str, bool, int, float)
# In the place of what a decision says, to try whether the exchange takes the rest.
_ANY_SIGNAL: Final = f"sig_{1:032x}"
_ANY: Final = {"reviewedAt": "2026-01-01T00:00:00+00:00", "reviewStatus": MANUAL, "reason": "OTHER"}


@dataclass(frozen=True, slots=True)
class Problem:
    """`rule` counts from 1; null for the file."""

    rule: int | None
    message: str

    def __str__(self) -> str:
        return self.message if self.rule is None else f"rule {self.rule}: {self.message}"


class BadRules(Misconfigured):
    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("The rules cannot be used: " + "; ".join(map(str, problems)))
        self.problems = problems


def load(file: FilePath) -> Rules:
    """Raises: BadRules, with all that is wrong with it; Misconfigured if it cannot be read."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise Misconfigured(f"{file} cannot be read.") from None
    return parse(text)


def parse(text: str) -> Rules:
    """Raises: BadRules."""
    try:
        said = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadRules([Problem(None, f"This is not TOML: {error}")]) from None
    problems = [Problem(None, f"there is no `{key}` in a file of rules") for key in said.keys() - {"decision", "rule"}]
    shared, written = said.get("decision", {}), said.get("rule", [])
    if not isinstance(shared, dict) or not isinstance(written, list) or not written:
        raise BadRules([*problems, Problem(None, "write `[[rule]]` for each rule, and `[decision]` once")])
    problems += [Problem(None, f"`[decision]` has no `{key}`") for key in shared.keys() - _SHARED]
    rules: list[Rule] = []
    for number, one in enumerate(written, 1):
        try:
            rule = _rule(number, one, shared)
            _check(rule, rules)
            rules.append(rule)
        except _Wrong as wrong:
            problems.append(Problem(number, wrong.message))
    if problems:
        raise BadRules(problems)
    return Rules(rules)


class _Wrong(Exception):
    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def _rule(number: int, said: Any, shared: Mapping[str, Any]) -> Rule:
    if not isinstance(said, dict):
        _refuse("write it as `[[rule]]`")
    if unknown := sorted(said.keys() - _KEYS):
        _refuse(f"a rule has no {', '.join(unknown)}")
    when = dict(_conditions(said.get("when", {}), ()))
    if said.get("ignore", False) is not False:
        if said["ignore"] is not True or said.keys() - {"when", "ignore"}:
            _refuse("`ignore = true` stands beside `when` alone")
        return Rule(number, when, None)
    if not isinstance(said.get("verdict"), str):
        _refuse("a `verdict` is missing, or `ignore = true`")
    given = {key: shared[key] for key in shared.keys() & _SHARED} | said
    fields: dict[str, Given] = {ours: _place(given, key) for key, ours in ATTESTED.items() if key in given}
    fields |= {ours: _said(given, key) for key, ours in SAID.items() if key in given}
    return Rule(
        number,
        when,
        said["verdict"],
        signal_id=_place(given, "signal_id") if "signal_id" in given else None,
        id=_place(given, "id") if "id" in given else None,
        fields=fields,
        actions=_actions(said.get("actions", [])),
    )


def _conditions(said: Any, inside: tuple[str, ...]) -> list[tuple[Path, Condition]]:
    if not isinstance(said, dict):
        _refuse("`when` is a table of what a decision has to say")
    found: list[tuple[Path, Condition]] = []
    for key, wanted in said.items():
        names = (*inside, *key.removeprefix("$.").split("."))
        if isinstance(wanted, dict) and wanted and wanted.keys() != {"present"}:
            found += _conditions(wanted, names)
        else:
            found.append((Path(names), _condition(wanted)))
    return found


def _condition(wanted: Any) -> Condition:
    if isinstance(wanted, dict):
        if not isinstance(wanted.get("present"), bool):
            _refuse("`present` is true or false")
        return Condition(present=wanted["present"])
    values = wanted if isinstance(wanted, list) else [wanted]
    if not values or not all(isinstance(value, _SCALARS) for value in values):
        _refuse("a condition is a text, a number, true or false, or a list of these that is not empty")
    return Condition(values=tuple((type(value), value) for value in values))


def _place(given: Mapping[str, Any], key: str) -> Path:
    said = given[key]
    if not isinstance(said, str) or not _PATH.fullmatch(said):
        extra = ", as a rule cannot say it for whoever reviewed" if key in ATTESTED else ""
        _refuse(f'`{key}` comes from the decision, like "$.name.name"{extra}')
    return Path(tuple(said.removeprefix("$.").split(".")))


def _said(given: Mapping[str, Any], key: str) -> Given:
    if not isinstance(given[key], str):
        _refuse(f"`{key}` is a text")
    return _place(given, key) if given[key].startswith("$") else given[key]


def _actions(said: Any) -> list[tuple[str, Given]]:
    if isinstance(said, list) and all(isinstance(word, str) for word in said):
        if len(set(said)) < len(said):
            _refuse("name each action once")
        said = dict.fromkeys(said, 1)
    if not isinstance(said, dict):
        _refuse("`actions` is a list of actions, or a table of actions with their counts")
    return [(word, _place(said, word) if isinstance(count, str) else count) for word, count in said.items()]


def _check(rule: Rule, earlier: Sequence[Rule]) -> None:
    """Try the rule on a decision that has all it asks for."""
    if shadow := next((one for one in earlier if rule.is_shadowed_by(one)), None):
        _refuse(f"no decision reaches it, as whatever meets it meets rule {shadow.number}")
    if rule.verdict is None:
        return
    if rule.signal_id is None:
        _refuse("`signal_id` is missing, here or in `[decision]`")
    if rule.fields.get("reviewStatus") == MANUAL and not rule.fields.keys() >= set(ATTESTED.values()):
        _refuse(f"{MANUAL} needs `reviewed_at` and `reviewer_role` from the decision")
    tried = replace(
        rule,
        fields={name: _tried(name, given) for name, given in rule.fields.items()},
        actions=[(word, 1 if isinstance(count, Path) else count) for word, count in rule.actions],
    )
    try:
        reports.checked(tried.report({}) | {"signalId": _ANY_SIGNAL}, reports.now())
    except InvalidReport as error:
        _refuse(str(error))


def _tried(name: str, given: Given) -> Given:
    return _ANY.get(name, "something") if isinstance(given, Path) else given


def _refuse(message: str) -> NoReturn:
    raise _Wrong(message)
