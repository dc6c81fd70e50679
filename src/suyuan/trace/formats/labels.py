"""Text whose values have labels: `姓名：张三 电话：138...` a line, blocks of lines, keys and values under one another."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice, pairwise
from typing import Final

from suyuan.kinds.plain import HAN
from suyuan.trace.columns.headers import hint_of, plain_name
from suyuan.trace.files.coded import CODECS, codecs_of, of_base64, of_numbers
from suyuan.trace.formats.label_block import EDGES, Block, fresh_name, opens_another, taking_turns
from suyuan.trace.formats.rows import Odd, Record, Text

LABEL = re.compile(
    rf"(?:^|(?<=[\s,;|&?{{(\[\"'/>])|(?<=\d[.)])|(?<=[^\x00-\x7f])(?<!\w))"
    rf"[\"']?(?P<name>[{HAN}A-Za-z_][{HAN}A-Za-z_0-9]{{0,30}})[\"']?[\])】]?[ \t\u3000.·…]*(?:=>|->|[:：=＝])[ \t\u3000]*"
)
"""A word before a colon or an equals sign, at the beginning of a line or after a separator."""

LONG = re.compile(
    r"^[^\w\n]*+(?=[\w-]*?[ -][A-Za-z])(?P<name>[A-Za-z][\w-]*+(?: [A-Za-z][\w-]*+){0,3})[ \t.]*+[:：][ \t\u3000]*"
)
"""A label of several words, which only a line may begin with: elsewhere it could be the end of a value."""

STRETCHED = re.compile(rf"(?<![{HAN}:：=])[{HAN}](?:[ \t\u3000]{{1,8}}[{HAN}](?![{HAN}])){{1,5}}(?=[ \t\u3000]*[:：])")
"""A label with blanks between its characters, so that all are of one width."""

LEADING_PAIRS = re.compile(
    rf"^([^\w\n]*)([{HAN}]{{1,2}}(?:[ \t\u3000]{{1,8}}[{HAN}]{{1,2}}){{1,3}})(?=[ \t\u3000]*[:：])"
)
BRACKETED = re.compile(
    rf"[【［「〔\[]\s*([{HAN}A-Za-z_][{HAN}A-Za-z_0-9 ]{{0,15}})\s*[】］」〕\]][ \t\u3000]*(?:=>|[:：])?[ \t\u3000]*"
)
BLANKS = re.compile(r"[ \t\u3000]+")

BLOCK_LINES: Final = 200
"""Lines that one record of labelled lines may have."""

HEAD_LINES: Final = 2_000
LABELLED_SHARE: Final = 0.6
SEVERAL_SHARE: Final = 0.6
"""The share of labelled lines with several labels from which a line is a record."""

KEYS_AT_MOST: Final = 60
TIMES_LEAST: Final = 3

LEAD = re.compile(r"^(?:[\W_]*|\W*\d{1,6}[.)、．）]\W*)$")
"""What may stand before the first label of a line in a list: a bullet, a picture, a number, no word."""

HEADING = re.compile(
    r"^(?:[\W_]*+(?:(?:第|no|nr|row|record|item|user|entry|array|stdclass object|条|记录|客户|用户)[\W_]*+)?\d++[\W_]*+"
    r"(?:(?:条|个|号|位|名|组|row|record|记录)[\W_]*+)?(?:array\W*+)?|\W*+array\W*+|[^\w\[]*+\[++[^\[\]]{1,60}\]{1,2}\W*+)$",
    re.IGNORECASE,
)
"""A line that numbers or opens what follows: `【1】`, `Row 3:`, `*** 3. row ***`, `-[ RECORD 3 ]`, `[[users]]`, `0 => array (`."""

RULED = re.compile(r"[*\-=#_~+─━═]{3,}")
TALK = re.compile(r"^\(?\d+ rows?\b.*$|^\S*> ?.*$", re.IGNORECASE)
"""What a database's terminal says around an answer."""

KEYED = re.compile(
    r"^[ \t]*(?P<name>[^\s|\t:：=][^|\t:：=]{0,31}?)[ \t]*(?P<mark>\t|\||[ \u3000]+)[ \t]*(?P<value>(?:[ \t|]*+[^ \t|]++)*+)[ \t|]*+$"
)
NUMBERED = re.compile(r'^(?:\d+\)\s*+)?(?P<quote>"?)(?P<text>.*?)(?P=quote)$', re.DOTALL)
OPENED = re.compile(r"^\w+\s*:?\s*[{<]\s*$")
CLOSED = re.compile(r"^[}>]\s*,?\s*$")

CARD: Final = re.compile(rf"^\s*MECARD:(N:)(?:([{HAN}]{{1,2}}),([{HAN}]{{1,3}}))?", re.IGNORECASE)
"""How a card in a QR code begins: its kind, and the name, perhaps surname first with a comma behind."""

DASHED: Final = re.compile(r"(?:^|(?<=[ \t\u3000]))[-–—]+[ \t\u3000]+$")
"""A dash between blanks before the next label: it parts the two. A dash that touches the value is its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """How the values of a text are labelled.

    `words` are its labels. `bracketed`: they may stand in brackets and nothing after them. `mark` parts a key from its
    value where no colon does, a line feed where the value stands on the next line; `words` are then the keys.
    `folded`: a line that begins with one blank goes on with the one before, as LDIF has it. `braced`: what stands between outer braces is one record. `parted`: blank lines or rules part the records.
    `openers` are the words that say the same and of which one begins each record.
    """

    words: frozenset[str] = field(default=frozenset(), repr=False)
    bracketed: bool = False
    mark: str = ""
    braced: bool = False
    folded: bool = False
    parted: bool = False
    openers: frozenset[str] = field(default=frozenset(), repr=False)


def is_known(word: str, *, known: Collection[str]) -> bool:
    """Say whether a label is a word for something that is looked for."""
    return plain_name(word) in known or any(weight > 0 for weight in hint_of(word).values())


def unstretched(line: str) -> str:
    """Give a line whose labels have no blanks between their characters."""

    def joined(found: re.Match[str]) -> str:
        characters = BLANKS.split(found[0])
        for place in range(len(characters) - 1):
            word = "".join(characters[place:])
            if hint_of(word):
                return " ".join((*characters[:place], word))
        return "".join(characters) if not line[: found.start()].strip() else found[0]

    def paired(found: re.Match[str]) -> str:
        word = BLANKS.sub("", found[2])
        return found[1] + word if hint_of(word) else found[0]

    if " " not in line and "\u3000" not in line and "\t" not in line:
        return line
    return LEADING_PAIRS.sub(paired, STRETCHED.sub(joined, line))


def plain(line: str, *, bracketed: bool) -> str:
    """Give a line with every label as a word before a colon."""
    line = unstretched(CARD.sub(r"\1\2\3", line))
    return BRACKETED.sub(lambda found: f" {found[1].strip()}：", line) if bracketed else line


def found_in(line: str) -> list[tuple[str, int, int]]:
    """Give the labels of a line: the word, where it begins, and where its value does."""
    found = [(match["name"], match.start(), match.end()) for match in LABEL.finditer(line)]
    long = LONG.match(line)
    if long is not None:
        short = next((one for one in found if one[2] == long.end()), None)
        if short is None or hint_of(long["name"]) or not hint_of(short[0]):
            return [(long["name"], long.start("name"), long.end()), *(one for one in found if one[1] >= long.end())]
    return found


def is_heading_line(line: str) -> bool:
    """Say whether a line only opens, closes, numbers or parts records."""
    return (
        not re.search(r"\w", line)
        or HEADING.match(line) is not None
        or (RULED.search(line) is not None and not found_in(line))
    )


def labels_of(lines: Sequence[str], *, known: Collection[str]) -> tuple[Labels, bool] | None:
    """Give how the values of a text are labelled and whether each line is a record, or None if it is no such text."""
    told = [line for line in lines if line.strip() and not is_heading_line(line)]
    if not told:
        return None
    parted = sum(not line.strip() or is_heading_line(line) for line in lines) >= TIMES_LEAST
    braced = all(sum(map(bool, map(form.match, lines))) >= TIMES_LEAST for form in (OPENED, CLOSED))
    if braced:
        told = [line for line in told if not re.fullmatch(r"\s*\w+\s*:?\s*[{<]\s*", line)]
    is_bracketed = sum(
        any(is_known(found[1], known=known) for found in BRACKETED.finditer(line)) for line in told
    ) * 5 >= len(told)
    labels, share, each, leading = counted([plain(line, bracketed=is_bracketed) for line in told], known=known)
    if share >= LABELLED_SHARE:
        folded = sum(line.startswith("dn:") for line in told) >= TIMES_LEAST
        how = Labels(words=labels, bracketed=is_bracketed, braced=braced, parted=parted, folded=folded)
        if each >= SEVERAL_SHARE and not braced:
            return how, True
        if leading >= share * 0.9:
            return replace(how, openers=openers_in(lines, labels=how)), False
    keyed = keys_in(told, known=known)
    return None if keyed is None else (Labels(words=keyed[0], mark=keyed[1], parted=parted), False)


def openers_in(lines: Sequence[str], *, labels: Labels) -> frozenset[str]:
    """Give the words that say what the first label of lines does and stand for one another; none where it has no other.

    Where blank lines part the records, each of them stands behind one: a contact's name within a record opens none.
    """
    words = ["", *(next(iter(labelled(line, labels=labels)[1]), "") for line in lines)]
    kinds = {word: kind for word in set(words) for kind, weight in hint_of(word).items() if weight > 0}
    opening = next((kinds[word] for word in words if word in kinds), None)
    behind = Counter(word for before, word in pairwise(words) if not before)
    return taking_turns(
        [
            word
            for word in words
            if word in kinds and kinds[word] is opening and (not labels.parted or behind[word] >= TIMES_LEAST)
        ]
    )


def counted(lines: Sequence[str], *, known: Collection[str]) -> tuple[frozenset[str], float, float, float]:
    """Give the labels of lines, the share of the lines that have one, of those the share that have several, and the
    share of all that begin with one.

    A label counts if it is a known word, or stands on a tenth of the lines or half as often as a known one; without any
    known word there are none.
    """
    counts: Counter[str] = Counter()
    each = [found_in(line) for line in lines]
    for found in each:
        counts.update({one[0] for one in found})
    # A record of many lines has each of its labels once, as often as the known ones among them.
    top = max((count for label, count in counts.items() if is_known(label, known=known)), default=0)
    usual = frozenset(
        label
        for label, count in counts.items()
        if plain_name(label) in known
        or count * 10 >= max(len(lines), 20)
        or (count >= TIMES_LEAST and count * 2 >= top)
    )
    if not lines or not any(is_known(label, known=known) for label in usual):
        return frozenset(), 0.0, 0.0, 0.0
    having = [
        (line, kept)
        for line, found in zip(lines, each, strict=True)
        if (kept := [one for one in found if one[0] in usual])
    ]
    leading = sum(LEAD.match(line[: kept[0][1]]) is not None for line, kept in having)
    several = sum(len(kept) > 1 for _, kept in having)
    return usual, len(having) / len(lines), several / max(1, len(having)), leading / len(lines)


def keys_in(lines: Sequence[str], *, known: Collection[str]) -> tuple[frozenset[str], str] | None:
    """Give the words that begin lines again and again and what parts them from their values; None where none do.

    `name | 张三` and `phone | 138...` under one another, or each word on a line and its value on the next.
    """
    pairs = [
        (found["name"].strip(), "|" if found["mark"] == "|" else "\t" if found["mark"] == "\t" else " ")
        for line in lines
        if (found := KEYED.match(line))
    ]
    for mark in ("|", "\t", " "):
        counts = Counter(name for name, one in pairs if one == mark)
        keys = frozenset(name for name, count in counts.items() if count >= TIMES_LEAST)
        if are_keys(keys, known=known) and sum(counts[key] for key in keys) >= LABELLED_SHARE * len(lines):
            return keys, mark
    texts = [unnumbered(line).strip().strip(":：") for line in lines]
    counts = Counter(texts)
    usual = frozenset(text for text, count in counts.items() if count >= TIMES_LEAST and len(text) <= 32)
    known_here = {text for text in usual if is_known(text, known=known)}
    if len(known_here) < 2:
        return None
    # Keys and values take turns: what stands where keys do is a key.
    turns: set[str] = set()
    place = 0
    while place < len(texts):
        is_key = texts[place] in usual
        if is_key:
            turns.add(texts[place])
        place += 2 if is_key else 1
    covered = 2 * sum(counts[key] for key in turns)
    is_told = are_keys(frozenset(turns), known=known) and covered >= LABELLED_SHARE * len(texts)
    return (frozenset(turns), "\n") if is_told else None


def are_keys(words: frozenset[str], *, known: Collection[str]) -> bool:
    """Say whether some words are the keys of records: few, two of them known at least, none a number."""
    return (
        1 < len(words) <= KEYS_AT_MOST
        and sum(is_known(word, known=known) for word in words) > 1
        and not any(re.search(r"\d{4}|@", word) for word in words)
    )


def labelled(line: str, *, labels: Labels) -> tuple[str, dict[str, str]]:
    """Give what stands before the first label, and the value after each."""
    if labels.mark:
        found_key = KEYED.match(line)
        if found_key is None or found_key["name"].strip() not in labels.words:
            bare = line.strip(" \t\u3000|")
            return ("", {bare: ""}) if bare in labels.words else (line.strip(), {})
        return "", {found_key["name"].strip(): found_key["value"]}
    line = plain(line, bracketed=labels.bracketed)
    found = [one for one in found_in(line) if one[0] in labels.words]
    # A name of LDIF has equals signs in it.
    found = found[:1] if labels.folded else found
    codecs = codecs_of(line) if "%" in line else CODECS
    values: dict[str, str] = {}
    tried: dict[str, int] = {}
    for place, (word, begin, start) in enumerate(found):
        end = found[place + 1][1] if place + 1 < len(found) else len(line)
        name = fresh_name(word, taken=values, tried=tried)
        raw = (DASHED.sub("", line[start:end]) if end < len(line) else line[start:end]).strip(EDGES)
        if line[max(begin - 1, 0) : begin] in ("?", "&"):
            # A parameter of an address ends where that does, and a plus sign in it is a blank.
            raw = raw.partition(" ")[0].partition('"')[0].replace("+", " ")
        values[name] = decoded(raw, is_double=line[start:].startswith(":"), codecs=codecs)
    return (line[: found[0][1]].strip(EDGES) if found else line.strip()), values


def decoded(value: str, *, is_double: bool = False, codecs: tuple[str, ...] = CODECS) -> str:
    """Give a value without what a program wrote for its bytes: percent signs, backslashes, base64 behind two colons."""
    if is_double and value.startswith(":"):
        text = of_base64(value[1:])
        return value if text is None else text
    return of_numbers(value, codecs=codecs)


def labelled_lines(text: Text, *, labels: Labels) -> Iterator[Record]:
    """Give one record for each line of labels."""
    for line in text.lines(alone=True):
        if not line.strip():
            continue
        lead, values = labelled(line, labels=labels)
        if not values:
            yield Odd(reason="label", text=line)
            continue
        yield {"": lead, **values} if lead else values


def labelled_blocks(text: Text, *, labels: Labels) -> Iterator[Record]:
    """Give one record for each run of labelled lines.

    It ends at a blank line, a rule, a line that only numbers, or a label that comes again; between braces with the outermost one.
    """
    block = Block()
    lines = paired_lines(text.lines(), labels=labels) if labels.mark == "\n" else text.lines()
    lines = unfolded(lines) if labels.folded else lines
    for line in lines:
        indent = len(line) - len(line.lstrip(" \t"))
        if labels.braced:
            is_closed = bool(CLOSED.match(line)) and not indent
            lead, values = labelled(line, labels=labels)
            is_end, is_silent = is_closed, not values and not re.search(r'[\w"]\s*[:=]', line)
        else:
            lead, values = labelled(line, labels=labels)
            is_silent = not values and (is_heading_line(line) or TALK.match(line) is not None)
            is_again = any(word in block.record for word in values) and not (
                labels.parted and len(block.record) > 1 and block.last.split(" ")[0] in values
            )
            is_again = is_again or opens_another(values, record=block.record, openers=labels.openers)
            is_end = not line.strip() or is_silent or is_again
        if (is_end or block.lines > BLOCK_LINES) and block.record:
            yield block.taken()
        if values:
            block.put(values, indent=indent)
            if lead and not LEAD.match(lead):
                block.record[""] = f"{block.record.get('', '')} {lead}".strip()
        elif line.strip() and not is_silent:
            if block.record:
                block.go_on(line, indent=indent)
            else:
                yield Odd(reason="label", text=line)
    if block.record:
        yield block.taken()


def unfolded(lines: Iterable[str]) -> Iterator[str]:
    """Give lines of LDIF, those that go on joined to the one before."""
    held: str | None = None
    for line in lines:
        if held and line.startswith(" ") and len(held) < 1 << 16:
            held += line[1:]
            continue
        if held is not None:
            yield held
        held = line
    if held is not None:
        yield held


def paired_lines(lines: Iterable[str], *, labels: Labels) -> Iterator[str]:
    """Give each key with the value of the next line on one line."""
    ahead = iter(lines)
    for line in ahead:
        word = unnumbered(line).strip().strip(":：")
        if word not in labels.words:
            yield line
            continue
        value = next(ahead, "")
        yield f"{word}\t{decoded(unnumbered(value))}"


def unnumbered(line: str) -> str:
    """Give a line without the number of a list before it, and without quotes around."""
    bare = line.strip()
    found = NUMBERED.match(bare)
    return found["text"] if found is not None else bare


def head_lines(head: str) -> list[str]:
    """Give the lines of a head at which labels are looked for."""
    return list(islice((line.rstrip("\r") for line in head.split("\n")), HEAD_LINES))
