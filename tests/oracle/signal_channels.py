"""Channels that tell of signals, contributions and links."""

from collections.abc import Iterator
from typing import Any

from app.rules.labels import ContributionStatus, Severity
from app.rules.scopes import Scope
from app.rules.verdicts import VictimReportState  # noqa: F401
from tests.oracle import readings, values
from tests.oracle.channels import Channel, Data, Look, Seen
from tests.oracle.facts import Contribution, Signal, Value
from tests.oracle.readings import con, moment, par, sig
