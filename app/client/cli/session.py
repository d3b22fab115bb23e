"""What every command is given: the profile, the exchange behind it, and where to print."""

from dataclasses import dataclass
from functools import cached_property
from typing import cast

import typer

from .. import settings
from ..conversation import Patience
from ..exchange import Exchange
from ..settings import Profile
from .output import Output


@dataclass
class Session:
    """Of one run of the program. Nothing is read or opened before a command asks for it."""

    profile_name: str | None
    as_json: bool

    @classmethod
    def of(cls, context: typer.Context) -> "Session":
        return cast(Session, context.obj)

    @cached_property
    def output(self) -> Output:
        return Output.of(self.as_json)

    @cached_property
    def profile(self) -> Profile:
        """Raises: Misconfigured."""
        return settings.profile(self.profile_name)

    def exchange(self, patience: Patience | None = None) -> Exchange:
        """Use it in a `with` statement.

        Raises: Misconfigured.
        """
        return settings.connect(self.profile, patience)
