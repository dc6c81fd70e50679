"""Reads the named statements of a .sql file in an adapter's `sql/`."""

from collections.abc import Mapping
from importlib import resources

from suyuan.errors import UnavailableError

_MARK = "-- name: "


def named_statements(file_name: str, *, package: str) -> Mapping[str, str]:
    """Give the statements of a file in `sql/` of a package, by the names in its `-- name: x` lines.

    Raises: UnavailableError: the file was not installed.
    """
    text = script(file_name, package=package)
    found: dict[str, str] = {}
    for block in ("\n" + text).split("\n" + _MARK)[1:]:
        name, _, body = block.partition("\n")
        found[name.strip()] = body.strip()
    return found


def script(file_name: str, *, package: str) -> str:
    """Give a file in `sql/` of a package, whole.

    Raises: UnavailableError: the file was not installed.
    """
    try:
        return resources.files(package).joinpath("sql", file_name).read_text(encoding="utf-8")
    except OSError as error:
        raise UnavailableError(f"the installation lacks {file_name}") from error
