"""Notices: what a person is told before anything of hers is taken in, item by item.

Who asks and how to reach them comes from the platform; purposes, methods, kinds and retention come from the purposes
themselves, so that a notice cannot say something else than what is enforced. A notice adds the texts that nothing enforces.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from suyuan.errors import RefusedError
from suyuan.terms import FieldName, PurposeName

if TYPE_CHECKING:
    from suyuan.collect.field import FieldPolicy
    from suyuan.collect.platform import Platform
    from suyuan.collect.registry import Purpose

LANGUAGES: Final = ("zh", "en")

TEXTS: Final[Mapping[str, str]] = {
    "rights": "how a person exercises her rights, and how she withdraws",
    "necessity": "why sensitive information is necessary",
    "impact": "what the use of sensitive information means for her",
    "summary": "what the notice is about, in a sentence",
    "more": "what else is to be told",
}
"""The texts that a notice may hold in each language. `rights` is required; `necessity` and `impact` where a purpose is
sensitive."""

_MOST_VERSIONS: Final = 2**31


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One notice of `policy/notices.toml`.

    Args:
        name: its key.
        version: counts up whenever people must be asked anew.
        purposes: what it tells of.
        texts: language -> item of `TEXTS` -> text.
    """

    name: str
    version: int
    purposes: tuple[PurposeName, ...]
    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def text(self, item: str, *, lang: str) -> str:
        """Give a text of the notice; nothing where it has none."""
        return self.texts.get(lang, {}).get(item, "")


def read_notice(name: str, table: Mapping[str, object]) -> Notice:
    """Give a notice from its table of TOML values: `version`, `purposes`, and a table of texts for each language.

    Raises: RefusedError `policy.notice`: a key or a text that no notice has, naming it.
    """
    unknown = table.keys() - {"version", "purposes", *LANGUAGES}
    if unknown:
        raise _wrong(name, f"unknown key {min(unknown)}")
    version = table.get("version")
    if type(version) is not int or not 1 <= version < _MOST_VERSIONS:
        raise _wrong(name, "version is not a whole number from 1")
    purposes = table.get("purposes")
    if not isinstance(purposes, list | tuple) or not purposes or not all(isinstance(p, str) for p in purposes):
        raise _wrong(name, "purposes is not a list of names")
    texts = {lang: _texts(name, table[lang], lang=lang) for lang in LANGUAGES if lang in table}
    return Notice(name=name, version=version, purposes=tuple(map(PurposeName, purposes)), texts=texts)


def missing_items(
    notice: Notice | None,
    *,
    platform: "Platform",
    purposes: Sequence["Purpose"],
    fields: Mapping[FieldName, "FieldPolicy"],
) -> tuple[str, ...]:
    """Give what a person would not be told: every item that the law requires and that is not there, by its place.

    Args:
        notice: the notice, None where a purpose names none.
        purposes: the purposes that it tells of.
    Source: PIPL articles 17 (who, contact, purpose, method, kinds, retention, how to exercise rights) and 30 (necessity
        and impact, where sensitive).
    """
    from suyuan.collect.registry import concerned, sensitive_of

    missing = [f"{name} in policy/platform.toml" for name in ("name", "contact") if not getattr(platform, name)]
    if notice is None:
        return (*missing, "the notice itself in policy/notices.toml")
    for purpose in purposes:
        place = f"of purpose {purpose.name}"
        missing += [f"title.{lang} {place}" for lang in platform.languages if not purpose.title.get(lang)]
        missing += [f"{item} {place}" for item, there in (
            ("method", bool(purpose.method)),
            ("fields or collects", bool(concerned(purpose))),
            ("retention_days", purpose.retention_days is not None),
        ) if not there]  # fmt: skip
    sensitive = any(sensitive_of(purpose, fields=fields) for purpose in purposes)
    needed = ("rights", "necessity", "impact") if sensitive else ("rights",)
    missing += [
        f"{lang}.{item} of notice {notice.name}"
        for lang in platform.languages
        for item in needed
        if not notice.text(item, lang=lang).strip()
    ]
    return tuple(missing)


def require_complete(
    notice: Notice | None,
    *,
    platform: "Platform",
    purposes: Sequence["Purpose"],
    fields: Mapping[FieldName, "FieldPolicy"],
) -> None:
    """Require that a notice tells all that the law requires; a purpose of one that does not may not be active.

    Raises: RefusedError `collect.notice`: naming every item that is missing.
    """
    missing = missing_items(notice, platform=platform, purposes=purposes, fields=fields)
    if missing:
        raise RefusedError(
            "the notice is not complete, so nobody may be asked on it; missing: " + "; ".join(missing),
            code="collect.notice",
            hint="a person is told who asks, how to reach them, why, how, of which kinds, how long, and her rights",
        )


def _texts(name: str, value: object, *, lang: str) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise _wrong(name, f"{lang} is not a table of texts")
    unknown = value.keys() - TEXTS.keys()
    if unknown:
        raise _wrong(name, f"{lang} has an unknown text {min(unknown)}")
    if not all(isinstance(text, str) for text in value.values()):
        raise _wrong(name, f"{lang} holds something else than texts")
    return dict(value)


def _wrong(name: str, what: str) -> RefusedError:
    return RefusedError(f"notice {name}: {what}", code="policy.notice", hint="docs/reference/collect.md lists its keys")
