"""A draft of the register from what was found: fields with their reasons, and where each lies; for a person to review."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from itertools import count
from typing import Final

from suyuan.discovery.columns import ColumnFinding
from suyuan.discovery.finding import What
from suyuan.discovery.survey import Survey, Surveyed
from suyuan.terms import KindName

SURE: Final = 0.55
"""Below this confidence a column is named in a comment and becomes no field."""

_NAMES: Final[dict[What, str]] = {
    What.PHONE: "phone", What.RESIDENT_ID: "id_number", What.EMAIL: "email", What.BANK_CARD: "bank_card", What.PLATE: "plate",
    What.POSTAL_ADDRESS: "address", What.PERSON_NAME: "name", What.DATE_OF_BIRTH: "birth_date", What.IP_ADDRESS: "ip_address",
    What.LOCATION: "location", What.DEVICE: "device", What.TRAVEL_DOCUMENT: "travel_document",
}  # fmt: skip
_DEFAULT_ITEMS: Final = frozenset({"mobile_number", "person_name", "postal_address", "id_document_number", "email_address",
    "bank_card_number", "plate_number"})  # fmt: skip
_OF_A_NEW_STORE: Final = {
    "customer": KindName.IDENTIFIER, "name": KindName.PERSON_NAME, "phone": KindName.PHONE, "id_number": KindName.RESIDENT_ID,
    "email": KindName.EMAIL, "address": KindName.POSTAL_ADDRESS, "birth_date": KindName.DATE,
}  # fmt: skip
"""The fields that the purposes of a new store name: a draft without one of them would not fit there."""
_PASSWORD: Final = re.compile(r"(?<=://)([^/@:]*):[^/@]*(?=@)|[?&]password=[^&]*")
_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(slots=True, kw_only=True)
class _Field:
    kind: KindName
    item: str
    columns: list[str] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    key: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """The two files; `sources` is empty where nothing lies in a database."""

    fields: str
    sources: str


def draft(survey: Survey, *, database: str = "") -> Draft:
    """Draft the register.

    Args:
        database: the URL that was scanned; a password in it is left out. Empty for files.
    """
    fields: dict[str, _Field] = {}
    sources: dict[str, str] = {}
    doubtful: list[str] = []
    for part in survey.parts:
        mapping = _columns(part, fields=fields, doubtful=doubtful)
        if mapping and part.relation and database:
            bare = _PASSWORD.sub(lambda found: found[1] or "", database)
            name = _free_source(part.place.rpartition(".")[2], taken=sources)
            sources[name] = _source(name, part=part, mapping=mapping, database=bare)
    return Draft(fields=_fields_text(fields, doubtful=doubtful), sources=_sources_text(sources.values()))


def _free_source(table: str, *, taken: Collection[str]) -> str:
    """Give a source the name of its table, numbered where another schema has one of that name."""
    usual = re.sub(r"\W+", "_", table.lower()).strip("_") or "table"
    numbered = (usual if number == 1 else f"{usual}_{number}" for number in count(1))
    return next(name for name in numbered if name not in taken)


def _columns(part: Surveyed, *, fields: dict[str, _Field], doubtful: list[str]) -> dict[str, str]:
    """Give the fields of a table's columns, making those that are missing; a column becomes one field at most."""
    mapping: dict[str, str] = {}
    best: dict[str, ColumnFinding] = {}
    for finding in part.findings:
        if not finding.column:
            continue
        if finding.confidence < SURE or finding.by == "inside the text":
            doubtful.append(f"{_plain(part.place)}, {_plain(finding.column)}: {finding.called} {_reason(finding)}")
        elif finding.column not in best:
            best[finding.column] = finding
    if not best:
        return mapping
    if part.key and part.key not in best:
        entry = fields.setdefault("customer", _Field(kind=KindName.IDENTIFIER, item="customer_number", key=True))
        entry.columns.append(part.key)
        entry.reasons.append(f"{_plain(part.place)}, {_plain(part.key)}: tells its rows apart")
        mapping[part.key] = "customer"
    for column, finding in best.items():
        name = _free_name(finding, fields=fields, taken=set(mapping.values()))
        entry = fields.setdefault(name, _Field(kind=_kind(finding), item=finding.items[0]))
        entry.columns.append(column)
        entry.reasons.append(f"{_plain(part.place)}, {_plain(column)}: {_reason(finding)}")
        mapping[column] = name
    return mapping


def _free_name(finding: ColumnFinding, *, fields: dict[str, _Field], taken: set[str]) -> str:
    """Give the field for a column: the usual one of its kind and item, numbered where one table has two."""
    usual = _NAMES[finding.what] if finding.what is not None else finding.items[0]
    number = 1
    while True:
        name = usual if number == 1 else f"{usual}_{number}"
        entry = fields.get(name)
        fits = entry is None or (entry.kind is _kind(finding) and entry.item == finding.items[0])
        if name not in taken and fits:
            return name
        number += 1


def _kind(finding: ColumnFinding) -> KindName:
    kind = finding.what.kind if finding.what is not None else None
    return kind or KindName.TEXT


def _fields_text(fields: dict[str, _Field], *, doubtful: list[str]) -> str:
    lines = [
        "# A draft of policy/fields.toml, made by `suyuan hold scan`. Review it: a scan sees what looks like personal information,",
        "# not what it is for. Delete what is none, add what it missed, and check each `item` against the dictionary.",
        "",
    ]
    for name, entry in fields.items():
        lines += [f"# {reason}" for reason in entry.reasons]
        lines += [f"[{name}]", f'kind = "{entry.kind.value}"']
        if entry.item not in _DEFAULT_ITEMS or entry.kind is KindName.TEXT:
            lines.append(f'item = "{entry.item}"')
        if entry.key:
            lines.append("key = true")
        aliases = [column for column in dict.fromkeys(entry.columns) if column != name]
        if aliases:
            lines.append(f"aliases = [{', '.join(map(_quoted, aliases))}]")
        lines.append("")
    unseen = [name for name in _OF_A_NEW_STORE if name not in fields]
    if unseen:
        lines += ["# Not seen, and named by the purposes of a new store: delete what you do not hold, there too.", ""]
    for name in unseen:
        lines += [f"[{name}]", f'kind = "{_OF_A_NEW_STORE[name].value}"']
        if name == "customer":
            lines.append("key = true")
        lines.append("")
    if doubtful:
        lines += [
            "# Seen and not made a field, for a person to judge:",
            *(f"# {line}" for line in dict.fromkeys(doubtful)),
            "",
        ]
    return "\n".join(lines)


def _source(name: str, *, part: Surveyed, mapping: dict[str, str], database: str) -> str:
    quote = "`" if database.startswith(("mysql", "mariadb")) else '"'
    columns = ", ".join(_identifier(column, quote=quote) for column in mapping)
    query = f"SELECT {columns} FROM {part.relation}"
    lines = [f"[{_key(name)}]", f"database = {_quoted(database)}", f"query = {_quoted(query)}"]
    if part.key in mapping:
        # For look-ups of one person where she lies: `release lookup --from`.
        lines.append(f"key_query = {_quoted(f'{query} WHERE {_identifier(part.key, quote=quote)} = :key')}")
    lines += [
        f"[{_key(name)}.columns]",
        *(f"{_key(column)} = {_quoted(target)}" for column, target in mapping.items() if column != target),
    ]
    return "\n".join(lines)


def _sources_text(sources: Iterable[str]) -> str:
    several = list(sources)
    if not several:
        return ""
    head = [
        "# A draft of policy/sources.toml, made by `suyuan hold scan`: the tables that hold people, and which column is which field.",
        "# The URLs hold no password, and never should: PostgreSQL takes it from ~/.pgpass or a service file, MySQL from its option file",
        "# (`defaults_file`) or from an environment variable that `password_variable` names.",
        "",
    ]
    return "\n".join(head) + "\n\n".join(several) + "\n"


def _reason(finding: ColumnFinding) -> str:
    what = f"{finding.share:.0%} of its cells" if finding.by != "name" else "its name"
    return f"{what}; by {finding.by}; confidence {finding.confidence:.2f}"


def _identifier(name: str, *, quote: str) -> str:
    if re.fullmatch(r"[a-z_][a-z0-9_]*", name):
        return name
    return quote + name.replace(quote, quote * 2) + quote


def _key(name: str) -> str:
    return name if _BARE_KEY.fullmatch(name) else _quoted(name)


def _quoted(text: str) -> str:
    """Give a TOML string."""
    escaped = "".join(
        f"\\u{ord(c):04x}" if ord(c) < 0x20 or ord(c) == 0x7F else "\\" + c if c in '"\\' else c for c in text
    )
    return f'"{escaped}"'


def _plain(text: str) -> str:
    """Give a name that cannot end a comment's line."""
    return re.sub(r"[\x00-\x1f\x7f\u2028\u2029]", "?", text)
