"""The texts of a report, in one catalogue for each language."""

import tomllib
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from typing import Self

from markupsafe import Markup

from suyuan.legible import printable
from suyuan.terms import Recipient

ISOLATE = "\N{FIRST STRONG ISOLATE}"
END_OF_ISOLATE = "\N{POP DIRECTIONAL ISOLATE}"


class Language(StrEnum):
    """The languages a report can be written in."""

    EN = "en"
    ZH = "zh"


def isolated(text: str) -> str:
    """Set a text apart, if any of it is read from right to left: figures beside it would change their places else."""
    if text.isascii() or not any(unicodedata.bidirectional(character) in ("R", "AL", "AN") for character in text):
        return text
    return f"{ISOLATE}{text}{END_OF_ISOLATE}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """The texts of one language, by `section.key`.

    Texts are ours and may hold HTML (`<em>`); what is put into them is not, and is escaped by `markup`. `legible` spells out
    what could mislead, or what the paper at hand has no letters for.
    """

    language: Language
    texts: Mapping[str, str]
    legible: Callable[[str], str] = printable

    @classmethod
    def load(cls, language: Language) -> Self:
        """Read the catalogue that lies beside this module."""
        source = files("suyuan.trace.report").joinpath(f"messages_{language.value}.toml")
        sections = tomllib.loads(source.read_text(encoding="utf-8"))
        texts = {f"{section}.{key}": text for section, entries in sections.items() for key, text in entries.items()}
        return cls(language=language, texts=texts)

    def text(self, key: str, **figures: object) -> str:
        """Give a text with its figures in place, for where no HTML is understood."""
        return self.texts[key].format(**figures)

    def markup(self, key: str, **figures: object) -> Markup:
        """Give a text as HTML: its own tags stand, whatever is put into it is escaped."""
        return Markup(self.texts[key]).format(**figures)

    def recipient(self, recipient: Recipient) -> str:
        """Give `account a017`; an id that is read from right to left cannot turn what stands around it."""
        return self.text(f"word.{recipient.kind.value}", id=self.shown(recipient.id))

    def shown(self, text: str) -> str:
        """Give a text from outside, safe to read wherever it stands."""
        return isolated(self.legible(text))

    def listed(self, names: Sequence[str], *, at_most: int | None = None) -> str:
        """Give `a, b and c`; beyond `at_most` names only how many more there are."""
        shown = list(names if at_most is None else names[:at_most])
        if len(shown) < len(names):
            shown.append(self.text("word.and_more", n=f"{len(names) - len(shown):,}"))
            return self.text("word.comma").join(shown)
        return self.text("word.and").join([self.text("word.comma").join(shown[:-1]), shown[-1]][len(shown) < 2 :])
