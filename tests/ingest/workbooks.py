"""Small XLSX workbooks, written by hand: texts, numbers, booleans, dates, and nothing."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date
from xml.sax.saxutils import escape

Cell = str | float | bool | date | None
Sheets = Mapping[str, Sequence[Sequence[Cell]]]

_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
# Style 1 is a date; a date is the number of days since this one.
_STYLES = (
    f'<styleSheet {_MAIN}><cellXfs count="2"><xf numFmtId="0"/>'
    '<xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>'
)
_FIRST_DAY = date(1899, 12, 30)


def make_xlsx(
    sheets: Sheets, *, made: str | None = None, saved: str | None = None, extra: bytes = b""
) -> bytes:
    """Return a workbook of these sheets; ``made`` and ``saved`` as ISO times, ``extra`` as one
    more part."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in list_parts(sheets).items():
            archive.writestr(name, content)
        if made and saved:
            archive.writestr("docProps/core.xml", _write_core(made, saved))
        if extra:
            archive.writestr("xl/media/image1.png", extra)
    return buffer.getvalue()


def list_parts(sheets: Sheets) -> dict[str, str]:
    """Return the parts of a workbook by name."""
    numbers = range(1, len(sheets) + 1)
    listed = "".join(
        f'<sheet name="{escape(name)}" sheetId="{n}" r:id="rId{n}"/>'
        for n, name in zip(numbers, sheets, strict=True)
    )
    related = "".join(
        f'<Relationship Id="rId{n}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in numbers
    )
    styles = f'<Relationship Id="rIdS" Type="{_OFFICE}/styles" Target="styles.xml"/>'
    start = f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
    return {
        "[Content_Types].xml": f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types"/>',
        "_rels/.rels": f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{start}'
        "</Relationships>",
        "xl/workbook.xml": f'{_HEAD}<workbook {_MAIN} xmlns:r="{_OFFICE}"><sheets>{listed}'
        "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">'
        f"{related}{styles}</Relationships>",
        "xl/styles.xml": _HEAD + _STYLES,
        **{
            f"xl/worksheets/sheet{n}.xml": write_sheet(rows)
            for n, rows in zip(numbers, sheets.values(), strict=True)
        },
    }


def write_sheet(rows: Sequence[Sequence[Cell]]) -> str:
    """Return a sheet's part; its first row is row 1."""
    written = "".join(
        f'<row r="{r}">' + "".join(_write(cell, r, c) for c, cell in enumerate(row)) + "</row>"
        for r, row in enumerate(rows, 1)
    )
    return f"{_HEAD}<worksheet {_MAIN}><sheetData>{written}</sheetData></worksheet>"


def _write(cell: Cell, row: int, column: int) -> str:
    place = f'r="{chr(ord("A") + column)}{row}"'
    match cell:
        case None:
            return ""
        case str():
            text = f'<t xml:space="preserve">{escape(cell)}</t>'
            return f'<c {place} t="inlineStr"><is>{text}</is></c>'
        case bool():
            return f'<c {place} t="b"><v>{int(cell)}</v></c>'
        case date():
            return f'<c {place} s="1"><v>{(cell - _FIRST_DAY).days}</v></c>'
    return f"<c {place}><v>{cell!r}</v></c>"


def _write_core(made: str, saved: str) -> str:
    return (
        f'{_HEAD}<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" '
        'xmlns:dcterms="http://purl.org/dc/terms/" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f'<dcterms:created xsi:type="dcterms:W3CDTF">{made}</dcterms:created>'
        f'<dcterms:modified xsi:type="dcterms:W3CDTF">{saved}</dcterms:modified>'
        "</cp:coreProperties>"
    )
