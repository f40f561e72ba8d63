"""The shell of every readable page (reports, cards): one self-contained HTML file.

It has no scripts and fetches nothing from anywhere. All text is escaped here and nowhere else.
"""

from collections.abc import Iterable, Sequence
from html import escape

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8882; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 64rem; }
body { margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; margin-bottom: 0; } h2 { font-size: 1.15rem; margin-top: 2rem; }
p.lead { margin-top: .25rem; opacity: .8; }
table { border-collapse: collapse; display: block; overflow-x: auto; }
th, td { text-align: left; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--line); }
td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
pre { background: var(--soft); padding: .8rem; overflow-x: auto; border-radius: .3rem; }
"""


def render_page(*, title: str, lead: str, sections: Iterable[tuple[str, str]]) -> str:
    """Return a whole HTML page; ``sections`` are (heading, HTML made by this file)."""
    body = "\n".join(f"<section><h2>{escape(h)}</h2>\n{html}</section>" for h, html in sections)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>\n"
        f'<body><h1>{escape(title)}</h1><p class="lead">{escape(lead)}</p>\n'
        f"{body}\n</body></html>\n"
    )


def render_table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table; numbers are set right and floats shortened to six significant digits."""
    head = "".join(f"<th>{escape(h)}</th>" for h in headers)
    lines = "\n".join("<tr>" + "".join(_render_cell(c) for c in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead>\n<tbody>{lines}</tbody></table>"


def render_paragraph(text: str) -> str:
    """Return a paragraph."""
    return f"<p>{escape(text)}</p>"


def _render_cell(value: object) -> str:
    if isinstance(value, float):
        return f'<td class="number">{value:.6g}</td>'
    if isinstance(value, int) and not isinstance(value, bool):
        return f'<td class="number">{value:,}</td>'
    return f"<td>{escape('' if value is None else str(value))}</td>"
