"""Spreadsheets (xlsx, xlsb, xls): every sheet as rows of text. Formulas are not computed, links and macros not followed."""

import zipfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Final

import polars as pl

from suyuan.errors import RefusedError
from suyuan.trace.files.containers import RATIO_AT_MOST, damaged
from suyuan.trace.formats.merged import filled_down
from suyuan.trace.formats.pasted import unpasted
from suyuan.trace.formats.rows import Part, Row
from suyuan.trace.formats.sheet_forms import as_table

UNPACKED_AT_MOST: Final = 1 << 30
"""What a workbook may unpack to: the reader holds a sheet in memory."""

OLD_BYTES: Final = 512 << 20

SLICE_ROWS: Final = 20_000

LONG_NUMBER: Final = r"^\d{16,}(?:\.0*)?$"
WHOLE_BELOW: Final = 10.0**15
"""A cell that is a number keeps fifteen digits; those behind are the program's, not the person's."""


def is_workbook(archive: zipfile.ZipFile) -> bool:
    """Say whether a zip archive is a spreadsheet."""
    return any(name.lower() in ("xl/workbook.xml", "xl/workbook.bin") for name in archive.namelist())


def require_bounded(archive: zipfile.ZipFile) -> None:
    """Refuse a workbook that unpacks to more than fits.

    Raises: RefusedError: `trace.bomb`, `trace.encrypted`.
    """
    infos = archive.infolist()
    if any(info.flag_bits & 1 for info in infos):
        raise RefusedError("the workbook is encrypted", code="trace.encrypted", hint="save it without a password")
    total, packed = sum(info.file_size for info in infos), sum(info.compress_size for info in infos)
    if total > UNPACKED_AT_MOST or (total > (64 << 20) and total > RATIO_AT_MOST * max(1, packed)):
        raise RefusedError(
            "the workbook unpacks to more than fits into memory",
            code="trace.bomb",
            hint="export each sheet as CSV and trace that",
        )


def sheets(source: Path | bytes) -> list[Part]:
    """Give every sheet that has rows.

    Raises: RefusedError: `trace.archive`, a workbook that cannot be read.
    """
    return named_sheets(source, merged=source)


def named_sheets(source: Path | bytes, *, merged: Path | bytes | None) -> list[Part]:
    """Give every sheet.

    Args:
        merged: the archive that says which cells are merged, if the workbook is one.
    Raises: RefusedError: `trace.archive`.
    """
    import fastexcel

    try:
        reader = fastexcel.read_excel(source)
        return [
            Part(name=name, names=None, rows=partial(lines_or_rows, reader, name=name, merged=merged), is_keyed=True)
            for name in reader.sheet_names
        ]
    except (fastexcel.FastExcelError, OSError):
        raise damaged() from None


def old_sheets(source: Path) -> list[Part]:
    """Give every sheet of a workbook of Office 97 to 2003.

    Raises: RefusedError: `trace.binary`, it is another document of that Office, or locked.
    """
    if source.stat().st_size > OLD_BYTES:
        raise RefusedError(
            "the workbook is too large", code="trace.bomb", hint="export each sheet as CSV and trace that"
        )
    try:
        return named_sheets(source, merged=None)
    except RefusedError:
        raise RefusedError(
            "the dump is a document of an old Office, and no workbook that can be read",
            code="trace.binary",
            hint="save its tables as xlsx or CSV, without a password",
        ) from None


def lines_or_rows(reader: object, *, name: str, merged: Path | bytes | None) -> Iterator[Row]:
    """Give the rows of one sheet, or those of the text that was pasted into it, or of the forms that it is."""
    return as_table(unpasted(sheet_rows(reader, name=name, merged=merged)))


def sheet_rows(reader: object, *, name: str, merged: Path | bytes | None) -> Iterator[Row]:
    """Give the rows of one sheet, merged cells filled (`merged.filled_down`); empty rows at its end and between are none."""
    import fastexcel

    def loaded(form: str) -> pl.DataFrame:
        try:
            return pl.DataFrame(reader.load_sheet(name, header_row=None, skip_rows=0, dtypes=form, eager=True))  # type: ignore[attr-defined]
        except fastexcel.FastExcelError:
            raise damaged() from None

    table = loaded("string")
    if table.select(pl.any_horizontal(pl.all().str.contains(LONG_NUMBER).any())).item():
        table = unrounded(table, numbers=loaded("boolean"))
    if merged is not None:
        table = filled_down(table, source=merged, name=name)
    for part in table.iter_slices(SLICE_ROWS):
        for cells in part.with_columns(pl.all().cast(pl.String).fill_null("")).iter_rows():
            if any(cells):
                yield list(cells)


def unrounded(table: pl.DataFrame, *, numbers: pl.DataFrame) -> pl.DataFrame:
    """Give a sheet whose long numbers do not pretend to digits that they have lost: these are written with an exponent.

    Args:
        numbers: the same sheet, with every cell empty that is text.
    """
    columns = []
    for cells, amounts in zip(table, numbers, strict=True):
        is_long = (amounts.is_not_null() & cells.str.contains(LONG_NUMBER)).fill_null(False)
        spelled = [
            rounded(float(cell)) if one and float(cell) >= WHOLE_BELOW else cell
            for cell, one in zip(cells, is_long, strict=True)
        ]
        columns.append(pl.Series(cells.name, spelled, dtype=pl.String))
    return pl.DataFrame(columns)


def rounded(amount: float) -> str:
    """Give a number of more than fifteen digits with those that it has, and an exponent: the others are lost."""
    return f"{amount:.14e}"
