"""What came of a participant's signals as one page, for a transparency report: no script, nothing from elsewhere."""

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from .answers import Impact, ImpactFunnel
from .impact import CAVEATS, HEADINGS, STAGES, Breakdown, part, rows

# Pixels of the chart, whose bars begin after their titles.
_WIDTH, _ROW, _LEFT, _RIGHT = 640, 36, 140, 90
_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #1b1b1f; background: #fff; margin: 2rem auto; max-width: 60rem;
  padding: 0 1rem }
table { border-collapse: collapse; margin: 1rem 0 }
caption { text-align: left; font-weight: 600; padding: .25rem 0 }
th, td { border-bottom: 1px solid #c8c8d0; padding: .3rem .7rem; text-align: left; vertical-align: top }
td.number { text-align: right; font-variant-numeric: tabular-nums }
.beside { display: flex; flex-wrap: wrap; gap: 2rem; align-items: center }
svg { max-width: 100%; height: auto }
"""


def page(found: Impact, participant: str, period: str, breakdowns: Sequence[Breakdown] = tuple(Breakdown)) -> str:
    """A whole page of HTML. Every text in it is escaped, whoever wrote it."""
    title = f"What came of the signals of {participant}"
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body><main>",
        f"<h1>{escape(title)}</h1><p>{escape(period)}</p>",
        "<h2>In total</h2>",
        f'<div class="beside">{_chart(found["total"])}{_funnel(found["total"])}</div>',
        *_actions(found["total"]),
    ]
    for by in breakdowns:
        parts += [f"<h2>{escape(HEADINGS[by])}</h2>", _breakdown(HEADINGS[by], rows(found, by))]
    parts += ["<h2>How to read this</h2><ul>", *(f"<li>{escape(caveat)}</li>" for caveat in CAVEATS), "</ul>"]
    return "\n".join([*parts, "</main></body></html>", ""])


def _chart(funnel: ImpactFunnel) -> str:
    """The same numbers stand in the table beside it, so to a screen reader it is one picture with a title."""
    longest = max(funnel[stage.key] for stage in STAGES)
    height = _ROW * len(STAGES)
    drawn = [
        f'<svg role="img" aria-labelledby="chart" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}">',
        '<title id="chart">The funnel as bars; the table after it has the numbers.</title>',
    ]
    for place, stage in enumerate(STAGES):
        count, top = funnel[stage.key], place * _ROW
        width = part(count, longest) * (_WIDTH - _LEFT - _RIGHT)
        drawn += [
            f'<text x="0" y="{top + 23}" font-size="15">{escape(stage.title)}</text>',
            f'<rect x="{_LEFT}" y="{top + 6}" width="{width:.1f}" height="{_ROW - 12}" fill="#2f5d9b"/>',
            f'<text x="{_LEFT + width + 8:.1f}" y="{top + 23}" font-size="15">{count:,}</text>',
        ]
    return "".join([*drawn, "</svg>"])


def _funnel(funnel: ImpactFunnel) -> str:
    body = ((stage.title, f"{funnel[stage.key]:,}", stage.words) for stage in STAGES)
    return _table("The funnel", ("Stage", "Count", "Meaning"), body)


def _actions(funnel: ImpactFunnel) -> Iterator[str]:
    if funnel["actions"]:
        body = ((one["action"], f"{one['count']:,}") for one in funnel["actions"])
        yield _table("What was done", ("Action", "Count"), body)


def _breakdown(heading: str, cells: Iterable[tuple[str, ImpactFunnel]]) -> str:
    body = [(key, *(f"{funnel[stage.key]:,}" for stage in STAGES)) for key, funnel in cells]
    if not body:
        return "<p>Nothing was reported in this period.</p>"
    return _table(heading, ("", *(stage.title for stage in STAGES)), body)


def _table(caption: str, heads: Sequence[str], body: Iterable[Sequence[str]]) -> str:
    drawn = [f"<table><caption>{escape(caption)}</caption><thead><tr>"]
    drawn += [f'<th scope="col">{escape(head)}</th>' if head else "<td></td>" for head in heads]
    drawn += ["</tr></thead><tbody>"]
    for first, *others in body:
        cells = "".join(_cell(other) for other in others)
        drawn.append(f'<tr><th scope="row">{escape(first)}</th>{cells}</tr>')
    return "".join([*drawn, "</tbody></table>"])


def _cell(text: str) -> str:
    number = ' class="number"' if text[:1].isdigit() else ""
    return f"<td{number}>{escape(text)}</td>"
