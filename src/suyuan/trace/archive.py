"""Zip archives and spreadsheets: their members as tables, read as streams."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from suyuan.errors import RefusedError
from suyuan.terms import FieldName, KindName
from suyuan.trace.containers import BLOCK_AT_ONCE, is_zip, member_blocks, member_whole, members_of, opened_zip
from suyuan.trace.dialect import Given
from suyuan.trace.prepare import every_part
from suyuan.trace.rows import Part
from suyuan.trace.source import PARQUET, Findings, MemberSource, unopened
from suyuan.trace.workbook import is_workbook, require_bounded, sheets


def archive_parts(
    path: Path, *, given: Given, fields: Mapping[FieldName, KindName], findings: Findings | None = None
) -> tuple[list[Part], bool]:
    """Give the tables of a zip archive, and whether it is a spreadsheet.

    A member without people in it, such as a text that praises the seller, gives no table and is no reason to refuse.

    Raises: RefusedError: `trace.archive`, `trace.encrypted`, `trace.bomb`, `trace.nested-archive`, `trace.part`.
    """
    try:
        with path.open("rb") as file, opened_zip(file) as archive:
            if is_workbook(archive):
                require_bounded(archive)
                return sheets(path), True
            members = members_of(archive)
    except OSError as error:
        raise unopened(error) from None
    parts: list[Part] = []
    refused: RefusedError | None = None
    for member in members:
        try:
            found = member_parts(path, name=member.name, given=given, fields=fields, findings=findings)
        except RefusedError as error:
            if error.code in ("trace.bomb", "trace.archive", "trace.nested-archive", "trace.encrypted"):
                raise
            refused = refused or error
            continue
        single = len(found) == 1
        parts += [replace(part, name=member.name if single else f"{member.name}/{part.name}") for part in found]
    if not parts:
        raise refused or RefusedError("the archive has no table in it", code="trace.empty")
    return parts, False


def member_parts(
    path: Path, *, name: str, given: Given, fields: Mapping[FieldName, KindName], findings: Findings | None = None
) -> list[Part]:
    """Give the tables of one member."""
    source = MemberSource(path, member=name, findings=findings)
    head = source.raw_head()
    if not is_zip(head) and not head.startswith(PARQUET):
        return [replace(part, source=source) for part in every_part(source, given=given, fields=fields)]
    content = member_whole(member_blocks(path, name=name, block_bytes=BLOCK_AT_ONCE))
    if head.startswith(PARQUET):
        return every_part(source, given=given, fields=fields, content=content)
    import io

    with opened_zip(io.BytesIO(content)) as inner:
        if not is_workbook(inner):
            raise RefusedError(
                "the archive holds another archive", code="trace.nested-archive", hint="unpack the outer one first"
            )
        require_bounded(inner)
    return sheets(content)
