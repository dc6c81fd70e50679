"""The over-collection audit: which personal information an app sends, where to, and what of it is beyond a ceiling."""

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field

from suyuan.discovery.finding import What
from suyuan.discovery.har import Capture, Sent
from suyuan.discovery.item_keys import ITEMS_OF, LISTED, Named, named
from suyuan.discovery.masking import masked, sample, without_values
from suyuan.discovery.scanner import Scanner

Progress = Callable[[str, int, int], None]

_WHOLE = "\0"
_INDEX = "*"
_NUMBER = re.compile(r"^[0-9]{1,6}(?=$|\()")


@dataclass(slots=True, kw_only=True)
class Observed:
    """One item in one place of one kind of request, however often it was sent.

    Args:
        items: the items of the dictionary that it may be; it is within a ceiling that has any.
        what: what its value was found to be; None where only its key tells.
        method, host, path: the kind of request.
        where: `query`, `path`, `header`, `cookie`, `body` or `websocket`.
        pointer: the place inside, as a JSON pointer, with `*` for the numbers of a list.
        sample: one value, masked.
        by: `value`, `key`, or `key and value`.
        entries: the numbers of the requests, from 1.
        times: how many values.
    """

    items: tuple[str, ...]
    what: What | None
    method: str
    host: str
    path: str
    where: str
    pointer: str
    sample: str
    by: str
    entries: set[int] = field(default_factory=set)
    times: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What a capture sends.

    Args:
        observed: every item in every place, in order of first sight.
        requests: entries of the capture.
        hosts: requests a host.
        unreadable_entries, unreadable_bodies, cut_short: what could not be read, or not to its end.
    """

    observed: tuple[Observed, ...]
    requests: int
    hosts: dict[str, int]
    unreadable_entries: int
    unreadable_bodies: int
    cut_short: int

    def beyond(self, ceiling: Collection[str]) -> tuple[Observed, ...]:
        """Give what is beyond a ceiling: none of the items it may be is in it."""
        return tuple(seen for seen in self.observed if not set(seen.items) & set(ceiling))


def audit(capture: Capture, *, scanner: Scanner, progress: Progress = lambda *_: None) -> Audit:
    """Look at every value that the capture sends."""
    table: dict[tuple[object, ...], Observed] = {}
    total = len(capture.entries)
    for value in capture.sent():
        progress("requests", value.entry, total)
        for items, what, shown, by in _judged(value, scanner=scanner):
            path = without_values(value.path, scanner=scanner)
            pointer = _pointer(value.leaf.pointer, scanner=scanner)
            key = (items, value.method, value.host, path, value.where, pointer)
            seen = table.get(key)
            if seen is None:
                seen = Observed(
                    items=items, what=what, method=value.method, host=value.host, path=path, where=value.where,
                    pointer=pointer, sample=shown, by=by,
                )  # fmt: skip
                table[key] = seen
            seen.entries.add(value.entry)
            seen.times += value.leaf.count
    return Audit(
        observed=tuple(table.values()),
        requests=total,
        hosts=dict(sorted(capture.hosts.items(), key=lambda pair: -pair[1])),
        unreadable_entries=capture.unreadable_entries,
        unreadable_bodies=capture.unreadable_bodies,
        cut_short=capture.cut_short,
    )


def _judged(value: Sent, *, scanner: Scanner) -> Iterator[tuple[tuple[str, ...], What | None, str, str]]:
    """Give (items, what, masked sample, by) for a value: what its key says, and what is found in it."""
    leaf = value.leaf
    if any(_is_whole(part) for part in leaf.pointer.split("/")[:-1]):
        return
    says = named(leaf.key) if leaf.key else None
    if leaf.text == _WHOLE:
        if says is not None and says.shape is LISTED:
            yield says.items, None, f"{leaf.count:,} value{'' if leaf.count == 1 else 's'}", "key"
        return
    told = _by_key(says, leaf.text)
    lead = f'"{leaf.key}":"' if leaf.key else ""
    text = lead + leaf.text
    findings = scanner.scan(text)
    if told is not None:
        found = any(finding.what is told.what for finding in findings)
        yield told.items, told.what, masked(told.what, leaf.text), "key and value" if found else "key"
    for finding in findings:
        if finding.start < len(lead) and finding.end <= len(lead):
            continue
        if told is not None and (finding.what is told.what or set(ITEMS_OF[finding.what]) & set(told.items)):
            continue
        yield ITEMS_OF[finding.what], finding.what, sample(finding, text=text), "value"


def _is_whole(part: str) -> bool:
    """Tell a key whose list or object is one item as a whole: an address book, a list of apps."""
    says = named(part)
    return says is not None and says.shape is LISTED


def _by_key(says: Named | None, text: str) -> Named | None:
    """Give what the key says if the value looks like it at all."""
    if (
        says is None
        or not text.strip()
        or text.strip().lower() in ("null", "undefined", "none", "unknown", "nan", "true", "false")
    ):
        return None
    return says if says.shape.fullmatch(text.strip()) else None


def _pointer(pointer: str, *, scanner: Scanner) -> str:
    """Give the pointer without values in it, and with `*` for the numbers of lists."""
    parts = [_NUMBER.sub(_INDEX, part) for part in pointer.split("/")]
    return without_values("/".join(parts), scanner=scanner)


def site(host: str) -> str:
    """Give the part of a host that one party owns, as far as its letters tell: `api.shop.example.cn` is `example.cn`."""
    labels = host.lower().rstrip(".").split(".")
    if len(labels) <= 2 or all(label.isdecimal() for label in labels):
        return host.lower()
    second = labels[-2] in ("com", "net", "org", "gov", "edu", "co", "ac") and len(labels[-1]) == 2
    return ".".join(labels[-3:] if second else labels[-2:])
