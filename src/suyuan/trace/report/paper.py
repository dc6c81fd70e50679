"""A report as blocks: what HTML and PDF both print, so that neither has a wording of its own.

Texts are `Markup`: our own tags (em, strong, sup) stand, whatever came from outside is escaped already.
"""

from dataclasses import dataclass

from markupsafe import Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class Para:
    """A paragraph; `style` is `plain`, `headline`, `part` (a heading within a section) or `names`."""

    text: Markup
    style: str = "plain"
    block: str = "para"


@dataclass(frozen=True, slots=True, kw_only=True)
class Items:
    """A list of sentences."""

    lines: tuple[Markup, ...]
    block: str = "items"


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """A numbered list; each step with what is to be compared or typed."""

    steps: tuple[tuple[Markup, tuple[str, ...]], ...]
    block: str = "steps"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """Names with what they stand for; `style` is `facts`, `budget`, `propositions` or `terms`."""

    pairs: tuple[tuple[Markup, Markup], ...]
    style: str
    block: str = "pairs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A table. `rows`: whether the row is strong, and its cells; all but the first `texts` columns are figures."""

    number: int
    caption: Markup
    columns: tuple[Markup, ...]
    rows: tuple[tuple[bool, tuple[str, ...]], ...]
    texts: int = 1
    block: str = "sheet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A picture as SVG, with what is read out in its place."""

    number: int
    caption: Markup
    svg: Markup
    alt: str
    block: str = "figure"


Block = Para | Items | Steps | Pairs | Sheet | Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One section; `key` is its name in the catalogue."""

    key: str
    number: int
    heading: Markup
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A whole report.

    Args:
        language: as the web names it, `en` or `zh-CN`. headline: the answer. sha256: of the dump, hexadecimal.
        foot: what stands at the bottom of every page of a PDF.
    """

    language: str
    title: Markup
    subtitle: Markup
    headline: Markup
    sha256: str
    foot: Markup
    facts: Pairs
    sections: tuple[Section, ...]
