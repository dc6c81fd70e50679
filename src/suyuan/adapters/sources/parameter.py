"""Where a `key_query` has its `:key`, outside of texts, names and comments; and what each server calls it."""

import re
from enum import Enum
from typing import Final

from suyuan.collect.source import KEY
from suyuan.errors import RefusedError

_POSTGRES: Final = re.compile(
    r"""(?P<kept>
        [eE]'(?:[^'\\]|\\.|'')*'        # a text with escapes
      | '(?:[^']|'')*'                  # a text
      | "(?:[^"]|"")*"                  # a name
      | (?P<tag>\$(?:[^\W\d]\w*)?\$).*?(?P=tag)
      | --[^\n]* | /\*.*?\*/            # comments
      | ::                              # a cast
    ) | (?P<key>:key\b)""",
    re.VERBOSE | re.DOTALL,
)
_MYSQL: Final = re.compile(
    r"""(?P<kept>
        '(?:[^'\\]|\\.|'')*' | "(?:[^"\\]|\\.|"")*" | `(?:[^`]|``)*`
      | --[ \t\n][^\n]* | \#[^\n]* | /\*.*?\*/
      | :=                              # an assignment
    ) | (?P<key>:key\b)""",
    re.VERBOSE | re.DOTALL,
)


class Dialect(Enum):
    """How a server spells texts, names and comments, and a parameter."""

    POSTGRES = (_POSTGRES, "$1")
    MYSQL = (_MYSQL, "?")


def with_parameter(query: str, *, dialect: Dialect, source: str) -> tuple[str, int]:
    """Give a query with the server's own placeholder for `:key`, and how many times it stands there.

    Raises: RefusedError `source.key`: it stands nowhere.
    """
    pattern, placeholder = dialect.value
    places = 0

    def put(found: re.Match[str]) -> str:
        nonlocal places
        if found["key"] is None:
            return found[0]
        places += 1
        return placeholder

    text = pattern.sub(put, query)
    if not places:
        raise RefusedError(
            f"source {source}: its `key_query` names {KEY} nowhere",
            code="source.key",
            hint=f"write for instance SELECT ... WHERE id = {KEY}",
        )
    return text, places
