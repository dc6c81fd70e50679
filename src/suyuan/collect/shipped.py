"""Read the versioned data that come with the program."""

import json
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def shipped(name: str) -> Any:
    """Give the JSON document `collect/data/NAME`; the caller does not change it."""
    return json.loads(files("suyuan.collect").joinpath("data", name).read_text(encoding="utf-8"))
