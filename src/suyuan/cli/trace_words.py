"""The words of `suyuan trace` beside the report, in English and Chinese."""

import tomllib
from functools import cache
from importlib.resources import files

_FILE = "trace_words.toml"


@cache
def _words() -> dict[str, dict[str, dict[str, str]]]:
    return tomllib.loads(files("suyuan.cli").joinpath(_FILE).read_text(encoding="utf-8"))


def word(key: str, *, lang: str, **given: object) -> str:
    """Give a sentence by its key, `table.name`, with what stands in it."""
    table, _, name = key.partition(".")
    return _words()[table][name][lang].format(**given)
