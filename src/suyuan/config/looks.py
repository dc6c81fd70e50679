"""Names that the eye takes for another: what cannot be told apart by looking is told by the check of a policy.

The idea is the skeleton of Unicode Technical Standard 39: two names are twins where they are the same after every character
has been replaced by what it looks like. The table here is a small one of its own: the letters of Cyrillic, Greek and
Armenian that look like Latin ones, kana that look like Han, dashes, and the digits that look like letters.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from suyuan.legible import is_plain, spelled

_PAIRS: Final = (
    ("аеорсухіјѕһԁԛԝѵӏг", "aeopcyxijshdqwvlr"),
    ("АВЕКМНОРСТХУІЈЅԚԜӀ", "ABEKMHOPCTXYIJSQWI"),
    ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX"),
    ("αγικνορυσϳ", "ayiKvopuoj"),
    ("օսհոցզյ", "ouhngqj"),
    ("ıɑɡʏɩ", "iagyi"),
    ("エトニハタカロヘー一丨〇囗", "工卜二八夕力口へ--lo口"),
    ("‐‑‒–—―−⁃", "--------"),
    ("0oO1lI|", "ooollll"),
)
_LOOKS: Final[Mapping[int, str]] = {
    ord(one): other for left, right in _PAIRS for one, other in zip(left, right, strict=True)
}
_TOGETHER: Final = (("rn", "m"), ("vv", "w"))

_UNSEEN: Final = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""Characters that are seen as nothing and yet are letters, marks or signs to Unicode: ids do not refuse them."""

_BESIDE_LATIN: Final = frozenset({"CJK", "HIRAGANA", "KATAKANA", "BOPOMOFO", "HANGUL"})
"""Scripts that are lawfully written together with Latin letters, and with each other."""


def looks(name: str) -> frozenset[str]:
    """Give what a name looks like: names that share one of these are twins to the eye, or differ in case alone."""
    plain = "".join(c for c in unicodedata.normalize("NFKC", name) if is_plain(c) and not _UNSEEN.match(c))
    return frozenset({_skeleton(plain), _skeleton(plain.casefold())})


def _skeleton(text: str) -> str:
    # Twice: a Cyrillic letter looks like a Latin one, and that perhaps like a digit.
    text = text.translate(_LOOKS).translate(_LOOKS)
    for two, one in _TOGETHER:
        text = text.replace(two, one)
    return text


def oddities(name: str) -> Iterator[str]:
    """Say what makes a name look like what it is not, each by a clause that follows on the name."""
    unseen = [c for c in name if not is_plain(c) or _UNSEEN.match(c)]
    if unseen:
        yield f"holds what cannot be seen: {', '.join(map(spelled, dict.fromkeys(unseen)))}"
    folded = unicodedata.normalize("NFKC", name)
    if folded != name and not unseen:
        yield f"is written in other forms of its characters: plainly written it is {folded}"
    scripts = sorted(set(map(_script, filter(str.isalpha, folded))) - {""})
    if len(scripts) > 1 and not _BESIDE_LATIN.issuperset(set(scripts) - {"LATIN"}):
        yield f"mixes letters of {' and '.join(script.capitalize() for script in scripts)}"


def twins(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Give each name that looks like an earlier one, with that one."""
    seen: dict[str, str] = {}
    for name in names:
        for look in sorted(looks(name)):
            earlier = seen.setdefault(look, name)
            if earlier != name:
                yield name, earlier
                break


def meant(name: str, *, known: Iterable[str]) -> str:
    """Give a hint where an unknown name merely looks like a known one; "" where it does not."""
    look = looks(name)
    alike = next((one for one in known if not look.isdisjoint(looks(one))), None)
    if alike is None:
        return ""
    strange = [f"it {odd}" for odd in oddities(name)] or [f"{alike} {odd}" for odd in oddities(alike)]
    return "; ".join([f"it only looks like {alike}, and is another name", *strange])


def _script(letter: str) -> str:
    found = re.match("[A-Z]+", unicodedata.name(letter, ""))
    return "" if found is None else found[0]
