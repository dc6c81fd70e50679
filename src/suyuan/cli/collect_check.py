"""`suyuan collect check`: does an app send more than its type may require?"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from suyuan.cli.options import JsonOption, Lang, LangOption
from suyuan.cli.output import count, print_columns, print_json, result, say
from suyuan.cli.progress import bars

if TYPE_CHECKING:
    from suyuan.discovery.audit import Audit, Observed

EXAMPLE = """
  suyuan collect check capture.har --app-type food_delivery
  suyuan collect check capture.har --app-type ride_hailing --app-type map_navigation --own example.com
"""

BEYOND = 3
_ENTRIES_SHOWN = 4


def run(
    capture: Annotated[
        Path,
        typer.Argument(metavar="CAPTURE", help="A HAR file, as a browser or mitmproxy saves it; - for standard input."),
    ],
    app_type: Annotated[
        list[str],
        typer.Option(
            "--app-type", metavar="TYPE", help="One of the 39 types; repeat it for an app with several functions."
        ),
    ],
    own: Annotated[
        list[str] | None,
        typer.Option(
            "--own",
            metavar="SITE",
            help="A site of the app's own, such as example.com; by default the one most requests go to.",
        ),
    ] = None,
    lang: LangOption = Lang.EN,
    as_json: JsonOption = False,
) -> None:
    """Read what an app sends and list the personal information beyond what its type may require, each with its place.

    Only requests are read: query, path, headers, cookies, bodies and WebSocket messages. Values are shown masked. Exit 3 when
    something is beyond the ceiling, 0 when nothing is. An app may take more on a separate consent; what is listed needs one.
    """
    from suyuan.cli.tables import STDIN
    from suyuan.collect.ceiling import ceiling
    from suyuan.discovery import Scanner
    from suyuan.discovery.audit import audit
    from suyuan.discovery.har import open_capture

    allowed = ceiling(app_type)
    raw = _read(capture, stdin=capture == STDIN)
    with bars() as bar:
        bar.wait("reading the capture")
        seen = audit(open_capture(raw), scanner=Scanner(), progress=bar)
    beyond = seen.beyond(allowed)
    sites = tuple(own or _likely_own(seen))
    if as_json:
        print_json(_document(seen, beyond=beyond, app_type=app_type, allowed=allowed, own=sites))
    else:
        _show(seen, beyond=beyond, app_type=app_type, own=sites, lang=lang)
    if beyond:
        raise typer.Exit(BEYOND)


def _read(capture: Path, *, stdin: bool) -> bytes:
    import sys

    from suyuan.adapters.files import read_bytes
    from suyuan.discovery.har import SIZE_AT_MOST
    from suyuan.errors import RefusedError

    if stdin:
        return sys.stdin.buffer.read(SIZE_AT_MOST + 1)
    if capture.is_file() and capture.stat().st_size > SIZE_AT_MOST:
        raise RefusedError(
            f"the capture is larger than {SIZE_AT_MOST >> 20} MB",
            code="discovery.har",
            hint="capture one function at a time",
        )
    return read_bytes(capture)


def _likely_own(seen: "Audit") -> list[str]:
    from suyuan.discovery.audit import site

    requests: dict[str, int] = {}
    for host, number in seen.hosts.items():
        requests[site(host)] = requests.get(site(host), 0) + number
    return [max(requests, key=lambda name: requests[name])] if requests else []


def _show(
    seen: "Audit", *, beyond: "tuple[Observed, ...]", app_type: list[str], own: tuple[str, ...], lang: Lang
) -> None:
    result(
        f"{count(seen.requests, noun='request')} to {count(len(seen.hosts), noun='host')}; app type {', '.join(app_type)}"
    )
    within = [observed for observed in seen.observed if observed not in beyond]
    for title, rows in (
        ("beyond the ceiling, each needs a purpose and a consent of its own", beyond),
        ("within it", within),
    ):
        if rows:
            result("")
            result(f"{title}:")
            print_columns(
                (_row(o, own=own, lang=lang) for o in rows),
                header=("item", "sample", "where", "request", "to", "entries"),
            )
    if seen.hosts:
        result("")
        result("who receives what:")
        print_columns(
            _receivers(seen, beyond=beyond, own=own, lang=lang), header=("host", "", "requests", "beyond", "within")
        )
    result("")
    for line in _unread(seen):
        say(f"warning: {line}")
    if beyond:
        number = len({item for observed in beyond for item in observed.items[:1]})
        result(f"{count(number, noun='item')} beyond what {', '.join(app_type)} may require")
    else:
        result(f"nothing beyond what {', '.join(app_type)} may require was found")


def _row(observed: "Observed", *, own: tuple[str, ...], lang: Lang) -> tuple[str, ...]:
    entries = sorted(observed.entries)
    shown = ", ".join(str(entry) for entry in entries[:_ENTRIES_SHOWN])
    more = f" and {len(entries) - _ENTRIES_SHOWN} more" if len(entries) > _ENTRIES_SHOWN else ""
    party = "" if _is_own(observed.host, own=own) else " (third party)"
    return (
        _title(observed, lang=lang),
        observed.sample,
        f"{observed.where} {observed.pointer}".strip(),
        f"{observed.method} {observed.path}",
        observed.host + party,
        shown + more,
    )


def _title(observed: "Observed", *, lang: Lang) -> str:
    """Give what the item is called; a value that may be several is called by the first."""
    from suyuan.collect.dictionary import items
    from suyuan.terms import ItemName

    known = items().get(ItemName(observed.items[0]))
    return observed.items[0] if known is None else f"{observed.items[0]} ({known.zh if lang is Lang.ZH else known.en})"


def _receivers(
    seen: "Audit", *, beyond: "tuple[Observed, ...]", own: tuple[str, ...], lang: Lang
) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for host, requests in seen.hosts.items():
        here = [observed for observed in seen.observed if observed.host == host]
        over = sorted({observed.items[0] for observed in here if observed in beyond})
        fine = sorted({observed.items[0] for observed in here if observed not in beyond} - set(over))
        if here:
            party = "own" if _is_own(host, own=own) else "third party"
            rows.append((host, party, f"{requests:,}", ", ".join(over) or "-", ", ".join(fine) or "-"))
    return rows


def _is_own(host: str, *, own: tuple[str, ...]) -> bool:
    return any(host == name.lower() or host.endswith(f".{name.lower()}") for name in own)


def _unread(seen: "Audit") -> list[str]:
    lines = []
    if seen.unreadable_entries:
        lines.append(
            f"{count(seen.unreadable_entries, noun='entry', plural='entries')} without a readable request, left out"
        )
    if seen.unreadable_bodies:
        lines.append(
            f"{count(seen.unreadable_bodies, noun='body', plural='bodies')} of bytes, not read: what they hold is not in this list"
        )
    if seen.cut_short:
        lines.append(f"{count(seen.cut_short, noun='request')} with more values than are read, cut short")
    return lines


def _document(
    seen: "Audit", *, beyond: "tuple[Observed, ...]", app_type: list[str], allowed: frozenset[str], own: tuple[str, ...]
) -> dict[str, object]:
    return {
        "app_types": app_type,
        "ceiling": sorted(allowed),
        "requests": seen.requests,
        "beyond": [_entry(observed, own=own) for observed in beyond],
        "within": [_entry(observed, own=own) for observed in seen.observed if observed not in beyond],
        "hosts": [
            {"host": host, "requests": number, "own": _is_own(host, own=own)} for host, number in seen.hosts.items()
        ],
        "unread": {
            "entries": seen.unreadable_entries, "bodies": seen.unreadable_bodies, "cut_short": seen.cut_short,
        },
    }  # fmt: skip


def _entry(observed: "Observed", *, own: tuple[str, ...]) -> dict[str, object]:
    return {
        "item": observed.items[0],
        "may_be": list(observed.items),
        "found": None if observed.what is None else observed.what.value,
        "by": observed.by,
        "sample": observed.sample,
        "method": observed.method,
        "host": observed.host,
        "third_party": not _is_own(observed.host, own=own),
        "path": observed.path,
        "where": observed.where,
        "pointer": observed.pointer,
        "entries": sorted(observed.entries),
        "values": observed.times,
    }
