"""Reads values that only the word before them tells: names, dates of birth, devices, travel documents, places."""

import re
from typing import Final

from suyuan.discovery.finding import Finding, What, found_in
from suyuan.discovery.patterns import BIRTH_LABELS, DEVICE_KEYS, DOCUMENT_LABELS, NAME_KEYS, NAME_LABELS, PLACE_KEYS
from suyuan.discovery.words import GIVEN_NAMES, NO_NAMES
from suyuan.kinds.date import Date
from suyuan.kinds.plain import HAN
from suyuan.kinds.surnames import COMPOUNDS, SINGLES

_REACH_BYTES: Final = 240


def _either(words: tuple[str, ...]) -> str:
    return "(?:" + "|".join(re.escape(word) for word in sorted(words, key=lambda w: (-len(w), w))) + ")"


_JOINT = r"""(?:\\?["'])?[ \t]{0,2}(?:[:=：]|%3[ADad])[ \t]{0,2}(?:\\?["'])?"""
_NEXT = "(?=先生|女士|小姐|老师|同学|性别|电话|手机|身份证|住址|地址|年龄|联系|出生|证件|邮箱|民族|卡号|银行|的|于|已|您|请|在|办理|签收|购买)"
_HAN_NAME = (
    rf"(?:{COMPOUNDS}[{HAN}]{{1,2}}?|{SINGLES}[{HAN}]{{1,2}}?"
    rf"|[{HAN}]{{1,9}}\u00b7[{HAN}]{{1,9}})(?:(?![{HAN}])|{_NEXT})"
)
_WEST = r"[A-Z][a-z'\u2019-]{1,20}(?: [A-Z]\.?)?(?: (?:van|de|der|von|la|di))*(?: [A-Z][A-Za-z'\u2019-]{1,20}){1,2}(?![A-Za-z0-9])"
_NAME = re.compile(
    rf"(?:(?P<label>{_either(NAME_LABELS)})(?:姓名|名称|名字|全名)?|_?(?P<key>(?i:{_either(NAME_KEYS)})))(?P<joint>{_JOINT}|[ \t]{{0,2}})"
    rf"(?:(?P<han>{_HAN_NAME})|(?P<west>{_WEST})|(?P<one>[A-Z][a-z]{{1,20}}(?![A-Za-z0-9 ])))"
)
_BIRTH = re.compile(rf"{_either(BIRTH_LABELS)}(?:{_JOINT}|[ \t]{{0,2}})", re.IGNORECASE)
_DEVICE = re.compile(
    rf"_?(?P<key>{_either(DEVICE_KEYS)}){_JOINT}(?P<value>[0-9A-Fa-f][0-9A-Za-z:_-]{{10,63}})(?![0-9A-Za-z])",
    re.IGNORECASE,
)
_DOCUMENT = re.compile(
    rf"{_either(DOCUMENT_LABELS)}(?:{_JOINT}|[ \t]{{0,2}}|号码?)*(?P<value>[A-Z]{{1,2}}[0-9]{{7,9}})(?![0-9A-Za-z])",
    re.IGNORECASE,
)
_PLACE = re.compile(
    rf"(?P<key>{_either(PLACE_KEYS)}){_JOINT}(?P<value>-?[0-9]{{1,3}}\.[0-9]{{3,15}})(?![0-9.])", re.IGNORECASE
)
_PAIR = re.compile(r"(-?[0-9]{1,3}\.[0-9]{4,12}), ?(-?[0-9]{1,3}\.[0-9]{4,12})(?![0-9.%])")
_ZEROES = re.compile(r"[0:-]+|02:?(?:00:?){5}", re.IGNORECASE)
_SINGLE_WORD: Final = frozenset({"firstname", "lastname", "surname", "givenname", "first_name", "last_name", "given_name", "first name", "last name"})  # fmt: skip
_VAGUE: Final = frozenset({"name", "username", "user_name", "receiver", "recipient"})
_DATE = Date()


def read_name(data: bytes, start: int) -> Finding | None:
    """Give the name after its label: Chinese by surname, Western by capitals; after a bare `name` only a usual one."""
    text = _text(data, start)
    found = _NAME.match(text)
    if found is None:
        return None
    key, value = (found["key"] or "").lower(), found["han"] or found["west"] or found["one"]
    at = (found.start("han"), found.start("west"), found.start("one"))
    place = max(at)
    if found["han"]:
        if value in NO_NAMES or (key in _VAGUE and value[:2] in NO_NAMES) or (key and not found["joint"]):
            return None
        sure = 0.75 if key in _VAGUE else 0.95 if found["joint"].strip() else 0.8
    elif found["west"]:
        if not value[0].isupper() or not all(part[0].isupper() for part in value.split()[-1:]):
            return None
        usual = value.split()[0].lower() in GIVEN_NAMES
        sure = 0.9 if usual else 0.35 if key in _VAGUE or not key else 0.7
    elif key in _SINGLE_WORD and value[0].isupper():
        sure = 0.7
    else:
        return None
    return found_in(text, what=What.PERSON_NAME, start=start, begin=place, end=place + len(value), confidence=sure)


def read_birth(data: bytes, start: int) -> Finding | None:
    """Give the date of birth after its label."""
    text = _text(data, start)
    label = _BIRTH.match(text)
    if label is None:
        return None
    spans = _DATE.recognise(text[label.end() : label.end() + 24])
    if not spans or spans[0].start > 2:
        return None
    begin = label.end() + spans[0].start
    return found_in(
        text, what=What.DATE_OF_BIRTH, start=start, begin=begin, end=label.end() + spans[0].end, confidence=0.95
    )


def read_device(data: bytes, start: int) -> Finding | None:
    """Give the identifier of a device after its key; one of zeroes says nothing of anybody."""
    text = _text(data, start)
    found = _DEVICE.match(text)
    if found is None or _ZEROES.fullmatch(found["value"]) or sum(map(str.isdigit, found["value"])) < 3:
        return None
    return found_in(
        text, what=What.DEVICE, start=start, begin=found.start("value"), end=found.end("value"), confidence=0.9
    )


def read_document(data: bytes, start: int) -> Finding | None:
    """Give the number of a passport or permit after its label: one or two letters and seven to nine digits."""
    text = _text(data, start)
    found = _DOCUMENT.match(text)
    if found is None:
        return None
    return found_in(
        text, what=What.TRAVEL_DOCUMENT, start=start, begin=found.start("value"), end=found.end("value"), confidence=0.9
    )


def read_place(data: bytes, start: int) -> Finding | None:
    """Give a coordinate after its key, or a pair of coordinates: three decimals say a hundred metres, or less."""
    text = _text(data, start)
    if (found := _PLACE.match(text)) is not None:
        if abs(float(found["value"])) > 180 or float(found["value"]) == 0:
            return None
        begin, end, sure = found.start("value"), found.end("value"), 0.9
    elif (pair := _PAIR.match(text)) is not None:
        first, second = abs(float(pair[1])), abs(float(pair[2]))
        if min(first, second) > 90 or max(first, second) > 180 or 0 in (first, second):
            return None
        if start and chr(data[start - 1]) in "0123456789.":
            return None
        begin, end, sure = 0, pair.end(), 0.7
    else:
        return None
    return found_in(text, what=What.LOCATION, start=start, begin=begin, end=end, confidence=sure)


def _text(data: bytes, start: int) -> str:
    """Give what follows on the line, as text; a byte that is no UTF-8 becomes a character that fits nothing."""
    end = data.find(b"\n", start, start + _REACH_BYTES)
    return data[start : end if end >= 0 else start + _REACH_BYTES].decode("utf-8", errors="surrogateescape")
