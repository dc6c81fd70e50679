"""Logs for operators: one JSON object a line, keys from an allowlist, never a value of anybody."""

import sys
import threading
from collections.abc import Mapping, MutableMapping
from typing import Any, Final, TextIO

import orjson
import structlog

KEYS: Final = frozenset(
    {
        "account", "address", "at", "code", "count", "entry", "event", "fault", "level", "method", "milliseconds",
        "place", "request", "route", "seconds", "size", "status",
    }
)  # fmt: skip
"""What a line may say. An account's id is the platform's own; a person's number, key or value has no key here."""

_LONGEST: Final = 300


class Allowlist:
    """Drops every key that is not in `KEYS`, and every value that is no short text, number or truth; counts them."""

    def __init__(self) -> None:
        self.dropped = 0
        self._turn = threading.Lock()

    def __call__(self, logger: object, method: str, line: MutableMapping[str, Any]) -> Mapping[str, Any]:
        """Give what may be written of a line."""
        kept = {key: value for key, value in line.items() if key in KEYS and _is_plain(value)}
        if len(kept) < len(line):
            with self._turn:
                self.dropped += len(line) - len(kept)
        return kept


def _is_plain(value: object) -> bool:
    if isinstance(value, str):
        return len(value) <= _LONGEST
    return isinstance(value, int | float | bool)


def _line(facts: Mapping[str, Any], **_: object) -> str:
    return orjson.dumps(facts, option=orjson.OPT_SORT_KEYS).decode("utf-8")


class Log:
    """The operator's log."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._allowlist = Allowlist()
        self._log = structlog.wrap_logger(
            structlog.WriteLogger(stream or sys.stderr),
            processors=[
                structlog.processors.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
                self._allowlist,
                structlog.processors.JSONRenderer(serializer=_line),
            ],
            wrapper_class=structlog.make_filtering_bound_logger(20),
            cache_logger_on_first_use=True,
        )

    @property
    def dropped(self) -> int:
        """How many keys were dropped so far."""
        return self._allowlist.dropped

    def note(self, event: str, **facts: object) -> None:
        """Write that something happened."""
        self._log.info(event, **facts)

    def trouble(self, event: str, **facts: object) -> None:
        """Write that something went wrong and the work goes on."""
        self._log.warning(event, **facts)
