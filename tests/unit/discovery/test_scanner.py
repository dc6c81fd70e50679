"""The scanner on any text: it never raises, its places lie right in characters and bytes, both engines agree."""

import random
import re

import pytest

from suyuan.discovery import Scanner, What, engine
from suyuan.discovery.engine import BY_DIGIT
from suyuan.discovery.patterns import SOURCES, Category
from suyuan.errors import UnavailableError

PIECES = (
    "姓名：张三 ", "手机１６３００００１２３４", "16300001234", "+86-", "990101199003070015", "6200 0000 0000 0005", "@", "a@b.cn", "%40", "琼Z·",
    "12345", "8号3栋", "杭州市西湖区", "未名路", "192.0.2.1", "::", "lat=31.230416", ",", "121.473701", "imei=", "35" * 8, "生日", "1990-03-07",
    "\n", "\x00", "\ud800", "\U0001f600", "'", '"', "\\", "{", "（", "：", "𠮷", "\u200b", "Ａ", "0086", "()", "- ", "__", "%3a", "护照E1", "ff:" * 6,
)  # fmt: skip

BEGINNINGS = (
    "6300001234", "1.230416, 121.4737", "92.0.2.1", "2:42:ac:11:00:02", "号楼3单元", "@b.cn", " Invented Street", "990101199003070015", "姓名：张",
    "imei=35", "dob=1990", "护照E1234567", "lat=31.2304", "琼Z12345",
)  # fmt: skip


@pytest.fixture(scope="module", params=["re2", "hyperscan"])
def scanner(request: pytest.FixtureRequest) -> Scanner:
    return Scanner(using=engine(request.param))


def fuzzed(rng: random.Random) -> str:
    size = rng.randrange(12)
    return "".join(
        rng.choice(PIECES)
        if rng.random() < 0.7
        else chr(rng.choice((rng.randrange(0x80), rng.randrange(0xFFFF), 0x4E00)))
        for _ in range(size)
    )


def check(scanner: Scanner, rng: random.Random) -> None:
    text = fuzzed(rng)
    last = 0
    for finding in scanner.scan(text):
        assert last <= finding.start < finding.end <= len(text)
        assert 0.5 <= finding.confidence < 1
        last = finding.end
    raw = rng.randbytes(rng.randrange(40)) + text.encode("utf-8", errors="surrogatepass")
    for finding in scanner.scan(raw):
        assert 0 <= finding.start < finding.end <= len(raw)


def test_it_never_raises(scanner: Scanner) -> None:
    rng = random.Random(3)
    for _ in range(20_000):
        check(scanner, rng)


@pytest.mark.slow
def test_it_never_raises_on_a_million_texts(scanner: Scanner) -> None:
    rng = random.Random(4)
    for _ in range(1_000_000):
        check(scanner, rng)


def test_places_in_characters_and_bytes_say_the_same(scanner: Scanner) -> None:
    text = "𠮷先生 手机：１６３００００１２３４，邮箱 a.b@example.com；卡号6200000000000005\n地址：浙江省杭州市西湖区未名路8号"
    raw = text.encode()
    of_text = [(f.what, text[f.start : f.end]) for f in scanner.scan(text)]
    of_bytes = [(f.what, raw[f.start : f.end].decode()) for f in scanner.scan(raw)]
    assert of_text == of_bytes
    assert [what for what, _ in of_text] == [What.PHONE, What.EMAIL, What.BANK_CARD, What.POSTAL_ADDRESS]
    assert of_text[0][1] == "１６３００００１２３４"


def test_both_engines_find_the_same() -> None:
    rng = random.Random(5)
    first, second = Scanner(using=engine("re2")), Scanner(using=engine("hyperscan"))
    differing = sum(first.scan(text) != second.scan(text) for text in (fuzzed(rng) for _ in range(3_000)))
    # Hyperscan tells overlapping candidates as well; on crooked text it may see one more.
    assert differing <= 60


def test_a_hundred_thousand_digits_take_no_long_time(scanner: Scanner) -> None:
    assert scanner.scan("1" * 100_000) == ()
    assert scanner.scan("@" * 100_000) == ()
    assert len(scanner.scan("a@b.cn " * 10_000)) == 10_000
    assert scanner.scan("路8号" * 20_000) is not None


def test_an_unknown_engine_is_named() -> None:
    with pytest.raises(UnavailableError) as caught:
        engine("none")
    assert caught.value.code == "discovery.engine"


def test_only_the_categories_by_digit_can_begin_with_one() -> None:
    for category in Category:
        could = any(
            re.match(source.encode("ascii"), f"{digit}{rest}".encode())
            for source in SOURCES[category]
            for digit in "0159"
            for rest in BEGINNINGS
        )
        assert not could or category in BY_DIGIT, category
