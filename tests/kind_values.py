"""Values of every kind for tests: valid, dirty and random, all invented."""

from hypothesis import strategies as st
from tests.resident_ids import with_check

from suyuan.kinds import KINDS
from suyuan.terms import KindName

KIND_NAMES = sorted(KINDS)

ANY_TEXT = st.text(st.characters(exclude_categories=("Cs", "Cn")), max_size=40)
"""Assigned characters only: Python and Rust know different editions of Unicode, and differ on the rest."""

_DIGITS = "0123456789"
_HAN = "文三解放建设人民阳光幸福和平东西南北路街村里花园一二十栋号楼幢室单元座市区县省场"


def _digits(size: int) -> st.SearchStrategy[str]:
    return st.text(_DIGITS, min_size=size, max_size=size)


def _joined(*parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(*parts).map("".join)


def _maybe(*texts: str) -> st.SearchStrategy[str]:
    return st.sampled_from(["", *texts])


_SEPARATOR = _maybe(" ", "-", ".", "\u2013", "\u3000")
PHONES = st.one_of(
    _joined(
        _maybe("+86", "86-", "0086 ", "'", "(+86)", "0"),
        st.just("170"),
        _SEPARATOR,
        _digits(4),
        _SEPARATOR,
        _digits(4),
        _maybe(".0", " ", '"'),
    ),
    _joined(
        _maybe("+86 ", "0086"),
        st.sampled_from(["010", "021", "0512", "0755"]),
        _SEPARATOR,
        st.one_of(_digits(7), _digits(8)),
    ),
    _joined(
        st.sampled_from(["+1 202 555 01", "+44 20 7946 0", "0061 2 5550 ", "+49 30 23125 ", "+39 06 ", "+852 "]),
        st.text(_DIGITS, max_size=8),
    ),
    _joined(_maybe("+", "00"), st.text(_DIGITS + " -().", max_size=18)),
)

_CHINESE_ADDRESS = _joined(
    _maybe("浙江省", "浙江", "江苏省", "吉林", "内蒙古"),
    _maybe("杭州市", "杭州", "苏州市", "吉林市", "北京市", "上海市", "恩施土家族苗族自治州", "海南藏族自治州"),
    _maybe("西湖区", "市", "场", "鼓楼区", "安吉县"),
    _maybe(" ", "  ", "\u3000"),
    st.text(_HAN, max_size=5),
    _maybe("8号", "88号", "A B", "SOHO", "一"),
    _maybe("3栋", "A幢", "3号楼", "十二栋", "3#楼", "12座", "5楼"),
    _maybe("2单元", "2-", "A-", "甲单元"),
    _maybe("501室", "501", "2501", "501A室", "5室", "室"),
    _maybe(" ", "后门", "3栋"),
)
_WORD = st.sampled_from(
    [
        "barry",
        "Haddon",
        "ST",
        "st",
        "Mount",
        "long hill",
        "Community",
        "Drive",
        "CCT",
        "Rd.",
        "flat",
        "unit",
        "Unit 4",
        "#4",
        "apt. 4B",
        "Apt B",
        "é",
        "o'brien",
        "Springfield",
        "9999",
        "14",
        "14a",
        "1/14",
        ",",
        "QLD",
    ]
)
_WESTERN_ADDRESS = st.one_of(
    st.lists(st.tuples(_WORD, _maybe(",", " ", "  ")).map("".join), max_size=8).map(" ".join),
    _joined(
        _maybe("Unit 4, ", "flat 4B ", "#4 "),
        _maybe("14 ", "14a, ", "1/14 "),
        st.sampled_from(["barry ", "Haddon ", "LONG HILL "]),
        st.sampled_from(["drive", "Cct", "ST.", "Crescent"]),
        _maybe(", Apt 4", " #4B"),
        _maybe(", Springfield QLD 9999", " springfield"),
    ),
)
ADDRESSES = st.one_of(_CHINESE_ADDRESS, _WESTERN_ADDRESS)

NAMES = st.one_of(
    _joined(
        st.sampled_from(["张", "王", "欧阳", "买买提·"]),
        _maybe(" "),
        st.text("伟芳娜敏静秀英丽强磊", min_size=1, max_size=3),
    ),
    st.lists(
        st.sampled_from(
            ["John", "smith", "Smith,", "van", "der", "O'Neil", "Jr.", "III", "Mary-Ann", "J.", ",", "Ünal", "Иванов"]
        ),
        max_size=6,
    ).map(" ".join),
    _joined(
        st.sampled_from(["Smith", "van der Berg", "Smith Jr."]),
        _maybe(",", ", ", " , "),
        st.sampled_from(["John", "mary ann", "J. R. R.", "A B C"]),
    ),
)

_BIRTH = st.dates().map(lambda day: f"{day:%Y%m%d}".rjust(8, "0"))


IDS = st.one_of(
    _joined(_maybe("'", " "), _joined(st.just("990101"), _BIRTH, _digits(3)).map(with_check), _maybe(" ", '"')),
    _joined(st.just("990101"), _digits(9)),
    _joined(st.just("990101"), _BIRTH, _digits(3), st.sampled_from("0123456789Xx")),
    _joined(st.just("990101 "), _BIRTH, _maybe(" "), _digits(4)),
)

EMAILS = st.one_of(
    _joined(
        _maybe("mailto:", "<", "'"),
        st.text("abZ9._+-", min_size=1, max_size=10),
        st.sampled_from(["@example.com", "@Example.ORG", "@b", "@@example.com", "@mail.example.com>"]),
    ),
    st.emails(),
)

_TIME = _maybe(" 08:05", "T08:05:59", " 8:05", "T08:05:59.25Z", " 08:05:59+0800", "T24:00", "T08:05.5", ", 23:59")
DATES = st.one_of(
    _joined(st.dates().map(lambda d: f"{d.year:04}-{d.month:02}-{d.day:02}"), _TIME),
    _joined(
        st.sampled_from(["1987", "2024", "1900", "1799"]),
        st.sampled_from("-/."),
        st.integers(0, 13).map(str),
        st.sampled_from("-/."),
        st.integers(0, 32).map(str),
        _TIME,
    ),
    _joined(
        st.integers(1, 31).map(str),
        _maybe("st", "th"),
        st.sampled_from(" -."),
        st.sampled_from(["Mar", "march", "SEPT", "Feb.", "may"]),
        _maybe(","),
        st.sampled_from([" 1987", "-2024", " 2023"]),
        _TIME,
    ),
    _joined(
        st.sampled_from(["Mar", "march", "Feb.", "Sept"]),
        st.just(" "),
        st.integers(1, 31).map(str),
        _maybe(",", "rd,"),
        st.just(" 1987"),
    ),
    _joined(
        st.integers(1, 31).map(str),
        st.sampled_from("/-."),
        st.integers(1, 31).map(str),
        st.sampled_from(["/1987", ".2024", "-2000"]),
        _TIME,
    ),
    _joined(st.sampled_from(["1987", "2024"]), _digits(4), _maybe(".0")),
    _joined(
        st.just("1987年"),
        st.integers(0, 13).map(str),
        st.just("月"),
        st.integers(0, 32).map(str),
        st.sampled_from("日号"),
    ),
)

MOMENTS = st.one_of(
    _joined(
        st.sampled_from(["2026-03-09", "2026/3/9", "9 Mar 2026", "2024年2月29日", "2026-02-30"]),
        st.sampled_from(["T", " ", ", ", ""]),
        st.sampled_from(["08:05", "8:05", "23:59", "24:00"]),
        _maybe(":00", ":59", ":59.250", ".5", ":60"),
        _maybe("Z", "z", "+0800", " +08:00", "-15:00"),
    ),
    DATES,
)


_COMPASS = _maybe("N", " S", "°", "° E", "°w")
_NUMBER = st.one_of(
    _joined(
        _maybe("-", "+", "N", "东经", "\u2212"),
        st.integers(0, 181).map(str),
        _maybe(".", ".5", ".23", ".00000", ".999995", ".9999949", ".123455", ".1234567890"),
        _COMPASS,
    ),
    st.decimals(-181, 181, places=6).map(str),
    _joined(
        st.integers(0, 181).map(str),
        st.sampled_from(["°", "度", " "]),
        _maybe("0'", "59′", "13分", "13.825'", "60'"),
        _maybe('49.5"', "59.999999\u2033", "25秒", "60''"),
        _COMPASS,
    ),
)
COORDINATES = st.one_of(
    _joined(
        _maybe("(", "[", "POINT(", "SRID=4326;POINT (", "geo:", "lat:", '{"lng": ', "经度 "),
        _NUMBER,
        st.sampled_from([",", ", ", " ", ";", "，", "|", ",lng=", ', "lat": ', " 纬度:", ""]),
        _NUMBER,
        _maybe(")", "]", "}", '"', ",1.2345"),
    ),
    _NUMBER,
)


def _with_luhn(body: str) -> str:
    doubled = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
    total = sum(doubled[int(d)] for d in body[::-2]) + sum(int(d) for d in body[-2::-2])
    return body + str(-total % 10)


def _grouped(digits: str, gap: str) -> str:
    return gap.join(digits[i : i + 4] for i in range(0, len(digits), 4))


_CARD_BODIES = _joined(
    st.sampled_from(["62000000", "4000", "51", "2221", "2720", "34", "81", "1", "9", "2199", ""]),
    st.text(_DIGITS, min_size=8, max_size=14),
)
CARDS = st.one_of(
    st.builds(_grouped, _CARD_BODIES.map(_with_luhn), st.sampled_from(["", " ", "-", "\u2013", "  "])),
    _joined(_maybe("'", '="'), _CARD_BODIES.map(_with_luhn), _maybe(".0", '"', " ")),
    _CARD_BODIES,
    _joined(st.just("690101"), _BIRTH, _digits(3)).map(with_check),
)
PLATES = st.one_of(
    _joined(
        st.sampled_from(["琼Z", "宁z", "粤Z", "京I", "台A", "使", "WJ", "wj琼"]),
        _maybe("·", " ", "-", "•"),
        st.text("0123456789ABDFHKZaiO", min_size=3, max_size=7),
        _maybe("警", "学", "港", "应急", "D", "f"),
    ),
    _joined(st.sampled_from(["琼Z", "ＷJ"]), _digits(5)),
)

_OWN: dict[KindName, st.SearchStrategy[str]] = {
    KindName.PHONE: PHONES,
    KindName.POSTAL_ADDRESS: ADDRESSES,
    KindName.PERSON_NAME: NAMES,
    KindName.RESIDENT_ID: IDS,
    KindName.EMAIL: EMAILS,
    KindName.BANK_CARD: CARDS,
    KindName.PLATE: PLATES,
    KindName.DATE: DATES,
    KindName.MOMENT: MOMENTS,
    KindName.COORDINATE: COORDINATES,
}


def texts(name: KindName) -> st.SearchStrategy[str]:
    """Give texts that are, nearly are, or are not at all values of the kind."""
    return st.one_of(
        _OWN.get(name, ANY_TEXT), ANY_TEXT, st.sampled_from(sorted(_OWN)).flatmap(lambda other: _OWN[other])
    )
