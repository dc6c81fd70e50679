"""The named statements of this adapter's .sql files."""

from collections.abc import Mapping

from suyuan.adapters import named_statements as read


def named_statements(file_name: str) -> Mapping[str, str]:
    """Give the statements of a file in `sql/`, by the names in its `-- name: x` lines.

    Raises: UnavailableError: the file was not installed.
    """
    return read.named_statements(file_name, package="suyuan.adapters.sqlite")
