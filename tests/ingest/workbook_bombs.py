"""Workbooks that ask for more than they are: each by a part that the ordinary one is changed in."""

import io
import zipfile
from collections.abc import Mapping

from tests.ingest.workbooks import Cell, list_parts

_SHEET = "xl/worksheets/sheet1.xml"
_RELATED = "xl/_rels/workbook.xml.rels"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_ROWS: tuple[tuple[Cell, ...], ...] = (("x", "target"), (1.0, 1.0))


def pack(parts: Mapping[str, str]) -> bytes:
    """Return an archive of these parts."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def make_far_cell(row: str) -> bytes:
    """Return a workbook with a row more, written as it stands."""
    return pack(_add_rows(row))


def make_many_sheets(count: int) -> bytes:
    """Return a workbook of sheets that are each a few bytes and 655,360 cells wide and high."""
    parts = list_parts({f"s{number}": _ROWS for number in range(count)})
    far = "<row r='40'><c r='XFD40'><v>1</v></c></row></sheetData>"
    return pack({name: text.replace("</sheetData>", far) for name, text in parts.items()})


def make_shared_text(*, characters: int, cells: int) -> bytes:
    """Return a workbook in which one text is the value of many cells."""
    rows = "".join(
        f'<row r="{row}"><c r="A{row}" t="s"><v>0</v></c></row>' for row in range(3, 3 + cells)
    )
    return pack(_share(_add_rows(rows), f"<si><t>{'x' * characters}</t></si>"))


def make_laughs() -> bytes:
    """Return a workbook with a text that is 125,000 times another, and one from a file."""
    ladder = "".join(
        f'<!ENTITY {name} "{f"&{of};" * 50}">' for name, of in (("b", "a"), ("c", "b"), ("d", "c"))
    )
    doctype = f'<!DOCTYPE sst [<!ENTITY a "ha">{ladder}<!ENTITY e SYSTEM "file:///etc/hostname">]>'
    cells = '<row r="3"><c r="A3" t="s"><v>0</v></c><c r="B3" t="s"><v>1</v></c></row>'
    items = "<si><t>&d;</t></si><si><t>&e;</t></si>"
    return pack(_share(_add_rows(cells), items, doctype=doctype))


def make_sheet_elsewhere() -> bytes:
    """Return a workbook whose sheet, with a cell far out, lies where no sheet is looked for."""
    parts = _add_rows('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')
    parts["xl/data/x.bin"] = parts.pop(_SHEET)
    parts[_RELATED] = parts[_RELATED].replace("worksheets/sheet1.xml", "data/x.bin")
    return pack(parts)


def _add_rows(rows: str) -> dict[str, str]:
    parts = list_parts({"s": _ROWS})
    parts[_SHEET] = parts[_SHEET].replace("</sheetData>", f"{rows}</sheetData>")
    return parts


def _share(parts: dict[str, str], items: str, *, doctype: str = "") -> dict[str, str]:
    end = "</Relationships>"
    link = f'<Relationship Id="rIdT" Type="{_OFFICE}/sharedStrings" Target="sharedStrings.xml"/>'
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    shared = f'<?xml version="1.0"?>{doctype}<sst xmlns="{main}">{items}</sst>'
    related = parts[_RELATED].replace(end, link + end)
    return {**parts, _RELATED: related, "xl/sharedStrings.xml": shared}
