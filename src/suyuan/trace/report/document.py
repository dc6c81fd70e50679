"""A trace as plain data, for `--json`. docs/reference/trace-json.md explains every key."""

import math
from base64 import b64encode
from datetime import UTC, datetime

from suyuan.legible import printable
from suyuan.terms import Bits, Recipient
from suyuan.trace.naming.attribution import Attribution, ChannelFinding, DumpFacts, Finding, Later, SetsFound
from suyuan.trace.naming.dating import Dating
from suyuan.trace.naming.timeline import Timeline, Track

Json = dict[str, object]


def as_json(attribution: Attribution, *, timeline: Timeline | None = None) -> Json:
    """Give an attribution as JSON-ready data with stable keys; keys are added, never renamed, within a version.

    Args:
        timeline: when copies were released, and when the file can have been copied; None where it was not asked.
    """
    sole = attribution.sole_sources
    return {
        "v": 1,
        "answer": "named" if attribution.named else "unknown",
        "named": [recipient_json(finding.recipient) for finding in attribution.named],
        "origin": attribution.origin,
        "opened": {"entry": int(attribution.opened), "at": time_json(attribution.opened_at)},
        "budget": {
            "alpha": float(attribution.alpha),
            "number": attribution.number,
            "part": float(attribution.budget),
        },
        "dump": dump_json(attribution.dump),
        "suspects": [finding_json(finding, is_sole=finding.recipient in sole) for finding in attribution.findings],
        "reach": [recipient_json(recipient) for recipient in attribution.reach],
        "sets": None if attribution.sets is None else sets_json(attribution.sets),
        "known_at": maybe_time(attribution.known_at),
        "later": [later_json(one) for one in attribution.later],
        "timeline": None if timeline is None else timeline_json(timeline, known_at=attribution.known_at),
    }


def timeline_json(timeline: Timeline, *, known_at: datetime | None) -> Json:
    """Give the releases to each recipient over time, against the age of the file."""
    return {
        "until": time_json(known_at or timeline.opened_at),
        "days": timeline.days,
        "recipients": [track_json(track) for track in timeline.tracks],
        "former": {
            "rows": timeline.former,
            "first_ended": maybe_time(timeline.first_ended),
            "last_ended": maybe_time(timeline.last_ended),
        },
        "dating": None if timeline.dating is None else dating_json(timeline.dating),
    }


def track_json(track: Track) -> Json:
    """Give one recipient's releases of linked persons over time."""
    return {
        "recipient": recipient_json(track.recipient),
        "first_same": maybe_time(track.first_same),
        "last_same": maybe_time(track.last_same),
        "spans": [
            {"begin": time_json(span.begin), "same": span.same, "other": span.other, "unknown": span.unknown}
            for span in track.spans
        ],
    }


def dating_json(dating: Dating) -> Json:
    """Give when the file can have been copied, by the values in it."""
    return {
        "rows": dating.rows,
        "since": maybe_time(dating.since),
        "until": maybe_time(dating.until),
        "contradicting": dating.contradicting,
        "fields": [
            {"field": one.field, "rows": one.rows, "since": maybe_time(one.since), "until": maybe_time(one.until)}
            for one in dating.fields
        ],
    }


def later_json(later: Later) -> Json:
    """Give one recipient's releases after the dump was known."""
    return {
        "recipient": recipient_json(later.recipient),
        "releases": later.releases,
        "persons": later.persons,
        "first": time_json(later.first),
        "suspect": later.is_suspect,
    }


def sets_json(sets: SetsFound) -> Json:
    """Give what access sets say: grade B or C, under assumptions, never added to bits."""
    return {
        "note": int(sets.note),
        "alpha": float(sets.alpha),
        "line": sets.line,
        "gamma": sets.gamma,
        "persons": sets.persons,
        "population": sets.population,
        "recipients": sets.recipients,
        "lookups": sets.lookups,
        "legacy": sets.legacy,
        "strata": sets.strata,
        "queues": sets.queues,
        "named": [recipient_json(account.recipient) for account in sets.named],
        "groups": [[recipient_json(recipient) for recipient in group] for group in sets.groups],
        "all_access": [recipient_json(recipient) for recipient in sets.all_access],
        "accounts": [
            {
                "recipient": recipient_json(account.recipient),
                "grade": account.grade.value,
                "standing": account.standing,
                "hits": account.hits,
                "expected": round(account.expected, 6),
                "log10_p": round(account.log10_p, 3),
                "worst": round(account.worst, 3),
                "gamma": round(account.gamma, 2),
                "rivals": [recipient_json(rival) for rival in account.rivals],
                "group": account.group,
                "legacy": account.legacy,
                "contradicting": account.contradicting,
            }
            for account in sets.accounts
        ],
        "contradictions": [
            {
                "recipient": recipient_json(one.recipient),
                "superseded": one.superseded,
                "later": one.later,
                "never_held": one.never_held,
            }
            for one in sets.contradictions
        ],
    }


def recipient_json(recipient: Recipient) -> Json:
    """Give kind and id, as they are: a program compares them."""
    return {"kind": recipient.kind.value, "id": recipient.id}


def dump_json(dump: DumpFacts) -> Json:
    """Give the counts of a dump. matched + strangers + unreadable = rows; `planted` are strangers too."""
    return {
        "name": file_name(dump.name),
        "sha256": dump.sha256.hex(),
        "size": dump.size_bytes,
        "rows": dump.rows,
        "matched": dump.matched,
        "fuzzy": dump.fuzzy,
        "contradicting": dump.contradicting,
        "strangers": dump.strangers,
        "planted": dump.planted,
        "unreadable": dump.unreadable,
        "known": dump.known,
        "known_from": list(dump.known_from),
        "persons": dump.persons,
        "notes": list(dump.notes),
        "missed": [one.document() for one in dump.missed],
        "columns": [
            {"at": int(at) if at.isdecimal() else None, "field": field, "kind": kind.value}
            for at, field, kind in dump.columns
        ],
    }


def finding_json(finding: Finding, *, is_sole: bool) -> Json:
    """Give everything found about one suspect."""
    return {
        "recipient": recipient_json(finding.recipient),
        "label": b64encode(finding.label).decode(),
        "grade": finding.grade.value,
        "named": finding.named,
        "sole_source": is_sole,
        "bits": bits_json(finding.bits),
        "line": bits_json(finding.line),
        "tail": round(finding.tail, 2),
        "weight": float(finding.weight),
        "persons": finding.persons,
        "rows": finding.rows,
        "copies": finding.copies,
        "not_held": finding.not_held,
        "left_out": finding.left_out,
        "hits": finding.hits,
        "planted": finding.planted,
        "used": finding.used,
        "channels": [channel_json(channel) for channel in finding.channels],
    }


def channel_json(channel: ChannelFinding) -> Json:
    """Give one channel's part."""
    return {
        "name": channel.name,
        "bits": bits_json(channel.bits),
        "agree": channel.agree,
        "differ": channel.differ,
        "erased": channel.erased,
        "expected": round(channel.expected, 2),
    }


def bits_json(bits: Bits) -> float | None:
    """Give bits; None stands for minus infinity, which JSON cannot write."""
    return None if math.isinf(float(bits)) else float(bits)


def time_json(moment: datetime) -> str:
    """Give a time in UTC, `2026-11-21T10:00:00.000Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def maybe_time(moment: datetime | None) -> str | None:
    """Give a time, or null."""
    return None if moment is None else time_json(moment)


def file_name(path: str) -> str:
    """Give the last part of a path: where the file lay may tell who examined it."""
    return printable(path.replace("\\", "/").rstrip("/").rsplit("/", maxsplit=1)[-1])
