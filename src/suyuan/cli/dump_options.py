"""What one may say about a dump by hand: the same options wherever a dump is read."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from suyuan.release.policy import Policy
    from suyuan.terms import FieldName, KindName
    from suyuan.trace.files.dialect import Given

FileArgument = Annotated[
    Path,
    typer.Argument(
        metavar="FILE",
        help="Text of any layout, JSON, SQL, a spreadsheet, Parquet, HTML, or a zip, gz, bz2, xz or zst of it; - for standard input.",
    ),
]
ColumnOption = Annotated[
    list[str] | None,
    typer.Option(
        "--column", metavar="WHICH=FIELD", help="Say what a column is, by number from 0 or by name; may be repeated."
    ),
]
EncodingOption = Annotated[
    str | None, typer.Option("--encoding", metavar="NAME", help="Such as utf-8, gb18030 or big5.")
]
DelimiterOption = Annotated[
    str | None,
    typer.Option("--delimiter", metavar="TEXT", help="What separates cells; \\t for a tab, \\x01 and so on."),
]
NoHeaderOption = Annotated[bool, typer.Option("--no-header", help="The first row is a person.")]
PartOption = Annotated[
    str | None,
    typer.Option("--part", metavar="NAME", help="The sheet, the table or the member of an archive to read."),
]
UnreadableOption = Annotated[
    Path | None,
    typer.Option(
        "--unreadable",
        metavar="OUT",
        help="Write the rows that could not be read: number, reason and text, for you alone.",
    ),
]


def columns_of(choices: list[str], *, policy: "Policy") -> "dict[int | str, tuple[FieldName, KindName]]":
    """Read the caller's word on columns: `2=phone`, `收件人=name`."""
    from suyuan.errors import RefusedError
    from suyuan.terms import FieldName

    found: dict[int | str, tuple[FieldName, KindName]] = {}
    for choice in choices:
        which, _, name = choice.rpartition("=")
        field = policy.fields.get(FieldName(name))
        if not which:
            raise typer.BadParameter("--column is written WHICH=FIELD, such as 2=phone")
        if field is None:
            raise RefusedError(
                "--column names a field that policy/fields.toml does not have",
                code="trace.column",
                hint=f"fields: {', '.join(policy.fields)}",
            )
        found[int(which) if which.isdecimal() else which] = (field.name, field.kind)
    return found


def given_of(encoding: str | None, *, delimiter: str | None, no_header: bool, part: str | None) -> "Given":
    """Read what the caller knows of the file."""
    import codecs
    import re

    from suyuan.trace.files.dialect import Given

    names = None
    if encoding is not None:
        try:
            names = (codecs.lookup(encoding).name,)
        except LookupError:
            raise typer.BadParameter("--encoding is none that is known; utf-8, gb18030 and big5 are") from None
    text = None if delimiter is None else delimiter.replace("\\t", "\t")
    if text is not None:
        text = re.sub(r"\\x([0-9A-Fa-f]{2})", lambda m: chr(int(m[1], 16)), text)
    return Given(codecs=names, delimiter=text, header=False if no_header else None, part=part)
