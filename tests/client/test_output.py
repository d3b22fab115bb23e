"""What commands print on a terminal of any width, and into a pipe."""

import io

import pytest
from rich.console import Console

from app.client.cli.output import Output

ID = "sig_" + "0123456789abcdef" * 2
ROW = {"line": 1001, "signal": ID, "violations": ["SEXTORTION_FINANCIAL", "CSAM_SOLICITATION"], "problem": None}


def shown(width: int | None, *rows: dict[str, object]) -> str:
    """On a terminal of this width, or into a pipe."""
    file = io.StringIO()
    console = Console(file=file, width=width or 80, force_terminal=width is not None, no_color=True, soft_wrap=True)
    Output(False, console, console).rows(tuple(ROW), rows)
    return file.getvalue()


@pytest.mark.parametrize("width", [None, 20, 60, 200])
def test_an_id_is_never_broken(width: int | None) -> None:
    text = shown(width, ROW, ROW)
    assert text.count(ID) == 2
    assert text.count("SEXTORTION_FINANCIAL, CSAM_SOLICITATION") == 2


def test_a_pipe_gets_one_line_for_each_row() -> None:
    text = shown(None, ROW, ROW | {"signal": "\N{FULLWIDTH LATIN CAPITAL LETTER A}\nb", "violations": []})
    lines = text.splitlines()
    assert [line.split()[0] for line in lines] == ["line", "1001", "1001"]
    assert all(line == line.rstrip() for line in lines)


def test_a_narrow_terminal_gets_a_line_for_each_property() -> None:
    assert [line.split()[0] for line in shown(60, ROW).splitlines() if line and "[" not in line[:1]]
    assert len(shown(60, ROW).splitlines()) == len(ROW)
    assert len(shown(200, ROW).splitlines()) == 2


def test_a_table_of_nothing_has_its_heads() -> None:
    assert shown(20).split() != []


def test_a_record_says_numbers_as_people_read_them() -> None:
    file = io.StringIO()
    console = Console(file=file, width=40)
    Output(False, console, console).record({"signals": 1_000_000, "ids": [1001], "complete": True, "of": {"x": None}})
    assert [line.split() for line in file.getvalue().splitlines()] == [
        ["signals", "1,000,000"],
        ["ids", "1001"],
        ["complete", "yes"],
        ["of", "x", "-"],
    ]
