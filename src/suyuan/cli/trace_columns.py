"""`suyuan trace columns`: what would be read of this file, and as what?"""

from typing import TYPE_CHECKING

from suyuan.cli.dump_options import (
    ColumnOption,
    DelimiterOption,
    EncodingOption,
    FileArgument,
    NoHeaderOption,
    PartOption,
    UnreadableOption,
    columns_of,
    given_of,
)
from suyuan.cli.options import JsonOption, StoreOption, store_at
from suyuan.cli.output import count, print_columns, print_json, result, say
from suyuan.cli.outputs import as_file, require_new

if TYPE_CHECKING:
    from suyuan.trace.dump import Dump, DumpColumn

EXAMPLE = """
  suyuan trace columns leaked.sql.gz
  suyuan trace columns leaked.txt --column 3=phone --unreadable odd.csv
"""

SAMPLES = 3

HIDDEN = "***"
MORE = r"^.*(?:[0-9]{7,}|[0-9]{3,4}[ -][0-9]{4}[ -][0-9]{4}|@).*$"
"""What a masked name or address has only where another value stands in the cell with it."""


def run(
    file: FileArgument,
    column: ColumnOption = None,
    encoding: EncodingOption = None,
    delimiter: DelimiterOption = None,
    no_header: NoHeaderOption = False,
    part: PartOption = None,
    unreadable: UnreadableOption = None,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """Read a leaked file as a trace would, and show which column would be taken for what. Nothing is traced or ledgered.

    Each column with the field it goes to, how much of it looks like one, and masked samples; `unsure` is a question to you:
    answer with --column. The same options given to `suyuan trace dump` read the file the same way.
    """
    from suyuan.app.policy import open_policy
    from suyuan.trace.files.aside import Aside
    from suyuan.trace.ingest import ingest

    require_new(unreadable)
    policy = open_policy(store_at(store) / "policy").policy
    aside = Aside(unreadable)
    try:
        with as_file(file) as path:
            dump = ingest(
                path,
                fields={field.name: field.kind for field in policy.fields.values()},
                columns=columns_of(column or [], policy=policy),
                given=given_of(encoding, delimiter=delimiter, no_header=no_header, part=part),
                aside=aside,
            )
    finally:
        aside.close()
    if as_json:
        print_json(_document(dump))
        return
    _show(dump)
    if unreadable is not None:
        say(f"rows that could not be read are in {unreadable}")


def _show(dump: "Dump") -> None:
    from suyuan.trace.files.aside import REASONS

    how = ", ".join(
        filter(None, (dump.dialect.format.value, "/".join(dump.dialect.codecs), repr_of(dump.dialect.delimiter)))
    )
    result(f"{count(dump.rows, noun='row')} can be read, {count(dump.unreadable, noun='row')} cannot ({how})")
    for reason, number in sorted(dump.reasons.items()):
        result(f"  {number:,}: {REASONS[reason]}")
    for note in dump.notes:
        result(f"  {note}")
    samples = _samples(dump)
    print_columns(
        (
            (
                f"  {c.index}",
                c.name or "-",
                c.field or "-",
                f"{c.share:.0%}" if c.field else "-",
                _sure(c),
                "  ".join(samples.get(c.index, ())),
            )
            for c in dump.columns
            if c.field is not None or c.name
        ),
        header=("  column", "named", "read as", "share", "sure", "samples"),
    )


def repr_of(delimiter: str) -> str:
    """Give a separator as one can read it."""
    return delimiter.encode("unicode_escape").decode() if delimiter.strip() != delimiter else delimiter


def _sure(column: "DumpColumn") -> str:
    if column.field is None:
        return "-"
    return "yes" if column.is_sure else "unsure"


def _samples(dump: "Dump") -> dict[int, list[str]]:
    """Give masked cells of each column that is read."""
    from suyuan.collect.field import STRONG_KINDS
    from suyuan.kinds.registry import KINDS

    first = next(iter(dump.batches))
    shown: dict[int, list[str]] = {}
    for column in dump.columns:
        if column.field is None or column.kind is None:
            continue
        kind = KINDS[column.kind]
        values = (
            kind.canonical_column(first[column.field].head(200)).drop_nulls().unique(maintain_order=True).head(SAMPLES)
        )
        masked = kind.mask_column(values)
        if column.kind not in STRONG_KINDS:
            # A cell that holds a number or a mailbox too, such as a whole waybill, shows nothing.
            masked = masked.str.replace(MORE, HIDDEN)
        shown[column.index] = masked.to_list()
    return shown


def _document(dump: "Dump") -> dict[str, object]:
    samples = _samples(dump)
    return {
        "sha256": dump.sha256.hex(),
        "format": dump.dialect.format.value,
        "codecs": list(dump.dialect.codecs),
        "delimiter": dump.dialect.delimiter,
        "read": dump.read,
        "readable": dump.rows,
        "unreadable": dump.unreadable,
        "reasons": dict(dump.reasons),
        "notes": list(dump.notes),
        "missed": [one.document() for one in dump.missed],
        "columns": [
            {
                "index": c.index, "name": c.name, "field": c.field, "kind": None if c.kind is None else c.kind.value,
                "share": round(c.share, 4), "sure": c.is_sure if c.field else None,
                "samples": samples.get(c.index, []),
            }
            for c in dump.columns
        ],
    }  # fmt: skip
