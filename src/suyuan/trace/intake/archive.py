"""Archives and spreadsheets: their members as tables, read as streams."""

import io
from collections.abc import Mapping
from dataclasses import replace
from enum import Enum
from pathlib import Path

from suyuan.errors import RefusedError
from suyuan.terms import FieldName, KindName
from suyuan.trace.files.containers import is_zip, member_whole, members_of, opened_zip
from suyuan.trace.files.dialect import Given
from suyuan.trace.files.source import PARQUET, Findings, MemberSource, unopened
from suyuan.trace.files.tars import tar_members
from suyuan.trace.formats.opendocument import document_sheets, is_document
from suyuan.trace.formats.rows import Part
from suyuan.trace.formats.workbook import is_workbook, require_bounded, sheets
from suyuan.trace.intake.prepare import every_part


class Tar(Enum):
    """Whether an archive is of tar; a packed one is unpacked anew for each member."""

    NONE = 0
    PLAIN = 1
    PACKED = 2


def archive_parts(
    path: Path,
    *,
    given: Given,
    fields: Mapping[FieldName, KindName],
    findings: Findings | None = None,
    tar: Tar = Tar.NONE,
) -> tuple[list[Part], bool]:
    """Give the tables of an archive, and whether it is a spreadsheet.

    A member without people in it, such as a text that praises the seller, gives no table and is no reason to refuse.

    Raises: RefusedError: `trace.archive`, `trace.encrypted`, `trace.bomb`, `trace.nested-archive`, `trace.part`.
    """
    try:
        if tar is not Tar.NONE:
            members = tar_members(path, is_packed=tar is Tar.PACKED)
        else:
            with path.open("rb") as file, opened_zip(file) as archive:
                if is_document(archive):
                    require_bounded(archive)
                    return document_sheets(path), True
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
            found = member_parts(path, name=member.name, given=given, fields=fields, findings=findings, tar=tar)
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
    path: Path,
    *,
    name: str,
    given: Given,
    fields: Mapping[FieldName, KindName],
    findings: Findings | None = None,
    tar: Tar = Tar.NONE,
) -> list[Part]:
    """Give the tables of one member."""
    source = MemberSource(path, member=name, is_in_tar=tar is not Tar.NONE, findings=findings)
    head = source.raw_head()
    if not is_zip(head) and not head.startswith(PARQUET):
        return [replace(part, source=source) for part in every_part(source, given=given, fields=fields)]
    content = member_whole(source.chunks())
    if head.startswith(PARQUET):
        return every_part(source, given=given, fields=fields, content=content)
    with opened_zip(io.BytesIO(content)) as inner:
        if is_document(inner):
            require_bounded(inner)
            return document_sheets(content)
        if not is_workbook(inner):
            raise RefusedError(
                "the archive holds another archive", code="trace.nested-archive", hint="unpack the outer one first"
            )
        require_bounded(inner)
    return sheets(content)
