"""What the interface gives, as the client hands it on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One person as she was let out. `fields` are values of hers: they are not printed."""

    entry: int
    fields: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedRow:
    """A row of a list: the case, and the fields of its person."""

    case: str
    fields: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of a list; `next` begins the next one, "" after the last. `withheld` counts persons left out, by code."""

    entry: int | None
    rows: tuple[ListedRow, ...]
    next: str
    withheld: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class YesOrNo:
    """The answer to a question about one person."""

    entry: int
    answer: bool = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkedRows:
    """The platform's own rows as they may be shown; `withheld` counts persons left out, by code."""

    entry: int
    rows: Sequence[Mapping[str, str | None]] = field(repr=False)
    withheld: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedFile:
    """A file that was written for a partner or an authority; `withheld` counts people left out by the checks."""

    entry: int
    rows: int
    decoys: int
    withheld: int
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What an authority demands by its document, of the people whom `keys` name.

    Args:
        region: where it is; one outside CN needs the number of a `permission` of the competent authority here.
        drop: fields of the purpose that the document does not name.
    """

    authority: str
    document: str
    keys: Sequence[str] = field(repr=False)
    region: str = "CN"
    permission: str = ""
    drop: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """A question to a second person: `waiting`, `approved` or `declined`."""

    id: str
    asked_by: str
    purpose: str
    reason: str
    asked_at: datetime
    expires: datetime
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The signed receipt of a person's word, for the person."""

    entry: int
    receipt: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One word of a person on one purpose."""

    id: str
    purpose: str
    scope: str
    recipient: str
    state: str
    at: datetime
    entry: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Me:
    """Who the caller is to the server."""

    account: str
    roles: tuple[str, ...]
    attributes: Mapping[str, str]
    rights: tuple[str, ...]
