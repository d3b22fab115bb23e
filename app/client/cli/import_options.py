"""What `lantern import` may be told: each option with its words for people."""

from pathlib import Path
from typing import Annotated

import typer

from ..reading import formats

Files = Annotated[list[Path], typer.Argument(help="CSV, JSON Lines, STIX, MISP, plain lists; also packed by gzip.")]
Format = Annotated[formats.Format | None, typer.Option(help="If the file does not tell.")]
Mapping = Annotated[Path | None, typer.Option(help="TOML that says which column is which field.")]
Type = Annotated[str | None, typer.Option(help="Where a row names no type of signal, such as URL.")]
Violations = Annotated[list[str] | None, typer.Option(help="Likewise, such as CSAM_SOLICITATION; repeatable.")]
Severity = Annotated[str | None, typer.Option(help="Likewise, such as LOW.")]
Confidence = Annotated[int | None, typer.Option(help="Likewise, 1 to 99.")]
Handling = Annotated[str | None, typer.Option(help="Likewise, such as AMBER.")]
Platform = Annotated[str | None, typer.Option(help="Of user names and account ids, where a row names none.")]
Language = Annotated[str | None, typer.Option(help="Of keywords, where a row names none.")]
Region = Annotated[str | None, typer.Option(help="Of national phone numbers, where a row names none.")]
Scheme = Annotated[str | None, typer.Option(help="Of payment handles, where a row names none.")]
ObservedAt = Annotated[str | None, typer.Option(help="When it was seen, where a row does not say.")]
Groups = Annotated[list[str] | None, typer.Option(help="Share with this group only, instead of all.")]
Context = Annotated[str | None, typer.Option("--context", help="What to know, where a row says none.")]
ExpiresAt = Annotated[str | None, typer.Option(help="When it ends, where a row does not say.")]
AllAttributes = Annotated[
    bool, typer.Option("--all-attributes", help="MISP: also what its source does not mean to be matched.")
]
GuardList = Annotated[str | None, typer.Option(help="The operator's list that all entries go to.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would become of each row, and change nothing.")]
Offline = Annotated[bool, typer.Option("--offline", help="With --dry-run: do not ask the exchange.")]
Again = Annotated[bool, typer.Option("--again", help="Begin anew, also if it was finished or broke off.")]
Rejected = Annotated[Path | None, typer.Option(help="Where rejected rows go, instead of beside the file.")]
