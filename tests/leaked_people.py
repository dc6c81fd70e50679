"""Invented people of leaked files, and what a leaked file is in the tests: its bytes, and which values belong together."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from tests.resident_ids import with_check

from suyuan.terms import FieldName, KindName

FIELDS = {
    FieldName("name"): KindName.PERSON_NAME,
    FieldName("phone"): KindName.PHONE,
    FieldName("email"): KindName.EMAIL,
    FieldName("resident_id"): KindName.RESIDENT_ID,
    FieldName("address"): KindName.POSTAL_ADDRESS,
}

Truth = Mapping[str, str | tuple[str, ...]]
"""One person's values by field; several where any of them is right."""

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰建国志文"
PLACES = (
    ("110105", "北京市朝阳区", ("建国路", "望京街", "酒仙桥路")),
    ("310115", "上海市浦东新区", ("世纪大道", "张杨路", "杨高南路")),
    ("440305", "广东省深圳市南山区", ("科技路", "学府路", "桃园路")),
    ("510107", "四川省成都市武侯区", ("人民南路", "科华路", "高升桥路")),
    ("330106", "浙江省杭州市西湖区", ("文三路", "天目山路", "古墩路")),
    ("420106", "湖北省武汉市武昌区", ("中山路", "和平大道", "民主路")),
)
SYLLABLES = {
    "王": "Wang",
    "李": "Li",
    "张": "Zhang",
    "刘": "Liu",
    "陈": "Chen",
    "杨": "Yang",
    "赵": "Zhao",
    "黄": "Huang",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Human:
    """One invented person."""

    number: int
    name: str
    phone: str
    second: str
    email: str
    resident_id: str
    address: str
    born: str
    pinyin: str

    def truth(self, *fields: str) -> dict[str, str]:
        """Give the values of some fields; all five if none is named."""
        return {name: getattr(self, name) for name in fields or FIELDS}


def humans(count: int = 48, *, seed: int = 7) -> list[Human]:
    """Give people; the same for the same seed."""
    draw = random.Random(seed)
    found = []
    for n in range(count):
        region, place, streets = draw.choice(PLACES)
        surname = draw.choice(list(SYLLABLES))
        name = surname + "".join(draw.choice(GIVEN) for _ in range(draw.choice((1, 2, 2))))
        born = f"{draw.randrange(1950, 2004)}{draw.randrange(1, 13):02}{draw.randrange(1, 29):02}"
        address = f"{place}{draw.choice(streets)}{draw.randrange(1, 400)}号{draw.randrange(1, 30)}栋{draw.randrange(101, 2500)}室"
        found.append(
            Human(
                number=n + 1,
                name=name,
                phone=f"16{draw.choice('0348')}{draw.randrange(10**8):08}",
                second=f"169{draw.randrange(10**8):08}",
                email=f"u{draw.randrange(10**6)}.{n}@example.{draw.choice(('com', 'net', 'org'))}",
                resident_id=with_check(f"{region}{born}{draw.randrange(1, 999):03}"),
                address=address,
                born=f"{born[:4]}-{born[4:6]}-{born[6:]}",
                pinyin=f"{SYLLABLES[surname]} {draw.choice(('Wei', 'Fang', 'Na', 'Min', 'Jing', 'Li', 'Qiang'))}",
            )
        )
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """A leaked file and who is in it.

    `truth` are the people in the file's order. `maybe` are places in it whose rows may be counted as unreadable instead.
    `junk` is how many further rows the file has that are nobody (adverts, totals, broken lines), at most.
    `codes` are the refusals that do as well; `loose` are fields that may be found or not, right or not.
    """

    name: str
    content: bytes = field(repr=False)
    truth: Sequence[Truth] = field(repr=False)
    maybe: frozenset[int] = frozenset()
    junk: int = 0
    codes: tuple[str, ...] = ()
    loose: frozenset[str] = frozenset()


Made = Mapping[str, object]
"""What a maker of a leaked file gives: the parts of its `Leak`, the content as text or bytes."""

NPA = ("name", "phone", "address")

Maker = Callable[[], Leak]
MAKERS: list[Maker] = []


def leak(made: Callable[[], Made]) -> Callable[[], Leak]:
    """Enter a maker of a leaked file under its own name."""

    def make() -> Leak:
        given = dict(made())
        content = given.pop("content")
        if isinstance(content, str):
            content = content.encode()
        return Leak(name=made.__name__, content=content, **given)  # type: ignore[arg-type]

    MAKERS.append(make)
    return make


def lines(rows: Sequence[str], *, end: str = "\n") -> str:
    """Give rows as a text, each with its end."""
    return "".join(row + end for row in rows)


def truths(people: Sequence[Human], *fields: str) -> list[dict[str, str]]:
    """Give the truth of people with these fields."""
    return [p.truth(*fields) for p in people]
