"""Texts with known personal information: hand-written hard cases, and lines of a platform built from a seed.

A line marks what is to be found, `[[what|value]]`; `strip` gives the text a scanner sees and the places that are right.
"""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.resident_ids import with_check

from suyuan.kinds.bank_card import passes_luhn
from suyuan.simulation import invent_people

VECTORS = Path(__file__).parent / "vectors" / "discovery"
_MARKED = re.compile(r"\[\[([a-z_]+)\|(.*?)\]\]")
_SLOT = re.compile(r"\{([a-z_0-9]+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """One text with what it holds: (what, start, end)."""

    text: str
    truth: tuple[tuple[str, int, int], ...]


def strip(line: str) -> Labelled:
    """Take the marks away and say where they were."""
    text, truth, last = "", [], 0
    for found in _MARKED.finditer(line):
        text += line[last : found.start()]
        truth.append((found[1], len(text), len(text) + len(found[2])))
        text += found[2]
        last = found.end()
    return Labelled(text=text + line[last:], truth=tuple(truth))


def hard_cases() -> list[Labelled]:
    """Give the hand-written cases."""
    lines = (VECTORS / "hard_cases.txt").read_text("utf-8").splitlines()
    return [strip(line) for line in lines if line and not line.startswith("#")]


def lines(number: int, *, seed: int) -> list[Labelled]:
    """Give lines of logs, messages, forms and rows; two thirds of them hold nothing."""
    return [strip(line) for line in marked_lines(number, seed=seed)]


def marked_lines(number: int, *, seed: int) -> Iterator[str]:
    """Give the lines with their marks."""
    rng = random.Random(seed)
    people = invent_people(2_000, seed=seed).to_dicts()
    templates = [line for line in (VECTORS / "templates.txt").read_text("utf-8").splitlines() if line]
    bearing = [line for line in templates if "[[" in line]
    barren = [line for line in templates if "[[" not in line]
    for _ in range(number):
        template = rng.choice(bearing if rng.random() < 1 / 3 else barren)
        filler = _Filler(rng, person=rng.choice(people))
        yield _SLOT.sub(lambda found, fill=filler: fill(found[1]), template)


class _Filler:
    """Fills the slots of one line: values of one invented person, and what only looks like one."""

    def __init__(self, rng: random.Random, *, person: dict[str, str]) -> None:
        self._rng = rng
        self._person = person

    def __call__(self, slot: str) -> str:
        return str(getattr(self, slot)())

    def _digits(self, size: int) -> str:
        return "".join(self._rng.choice("0123456789") for _ in range(size))

    def mobile(self) -> str:
        return self._rng.choice(["163", "164", "169"]) + self._digits(8)

    def mobile_any(self) -> str:
        a = self.mobile()
        gap = self._rng.choice([" ", "-"])
        return self._rng.choice(
            [
                a,
                f"+86{a}",
                f"+86 {a}",
                f"86-{a}",
                f"0086{a}",
                gap.join((a[:3], a[3:7], a[7:])),
                f"+86 {a[:3]}-{a[3:7]}-{a[7:]}",
            ]
        )

    def landline(self) -> str:
        area = self._rng.choice(["010", "021", "0571", "0755", "028"])
        size = 8
        return self._rng.choice([f"{area}-", f"({area})", f"{area} "]) + "0" + self._digits(size - 1)

    def resident(self) -> str:
        body = f"99{self._rng.randrange(10_000):04}{self._rng.randrange(1950, 2008)}{self._rng.randrange(1, 13):02}"
        body += f"{self._rng.randrange(1, 29):02}{self._digits(3)}"
        return with_check(body)

    def resident15(self) -> str:
        return f"99{self._digits(4)}{self._rng.randrange(40, 99)}{self._rng.randrange(1, 13):02}{self._rng.randrange(1, 29):02}{self._digits(3)}"

    def card(self) -> str:
        body = "62000000" + self._digits(self._rng.choice([7, 10]))
        return next(body + d for d in "0123456789" if passes_luhn(body + d))

    def card_any(self) -> str:
        card = self.card()
        gap = self._rng.choice(["", "", " ", "-"])
        return gap.join(card[i : i + 4] for i in range(0, len(card), 4))

    def email(self) -> str:
        return self._person["email"]

    def plate(self) -> str:
        office = self._rng.choice(["琼Z", "宁Z", "琼Y", "藏Z"])
        dot = self._rng.choice(["", "", "·"])
        serial = self._rng.choice(
            [
                self._digits(5),
                "D" + self._digits(5),
                self._digits(5) + "F",
                "A" + self._digits(4),
                self._digits(4) + "学",
            ]
        )
        return office + dot + serial

    def han_name(self) -> str:
        surname = self._rng.choice(
            "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜苏魏程吕丁沈任姚卢傅钟"
        )
        given = "".join(
            self._rng.choice("伟芳娜敏静秀英丽强磊洋艳勇军杰娟涛明超兰霞平刚桂文华建国玉梅鹏飞雪婷浩宇欣怡")
            for _ in range(self._rng.choice([1, 2]))
        )
        return surname + given

    def west_name(self) -> str:
        first = self._rng.choice("Alice Brian Carol David Emma Frank Grace Henry Karen Larry Megan Oliver".split())
        return f"{first} {self._rng.choice('Brown Carter Dawson Ellison Fletcher Hartley Kingsley Mercer Norwood'.split())}"

    def address(self) -> str:
        region = self._rng.choice(
            [
                "浙江省杭州市西湖区",
                "江苏省南京市鼓楼区",
                "北京市朝阳区",
                "四川省成都市武侯区",
                "广东省深圳市南山区",
                "长沙市岳麓区",
                "",
            ]
        )
        street = self._rng.choice(["未名路", "虚构大道", "无名街", "乌有巷", "子虚小区", "幻想花园"])
        number = f"{self._rng.randrange(1, 999)}号"
        unit = self._rng.choice(
            [
                f"{self._rng.randrange(1, 30)}栋{self._rng.randrange(1, 5)}单元{self._rng.randrange(101, 2800)}室",
                f"{self._rng.randrange(1, 30)}号楼{self._rng.randrange(101, 2800)}室",
                f"{self._rng.randrange(1, 9)}幢",
            ]
        )
        return region + street + self._rng.choice([number, number + unit, unit])

    def birth(self) -> str:
        y, m, d = self._rng.randrange(1950, 2010), self._rng.randrange(1, 13), self._rng.randrange(1, 29)
        return self._rng.choice([f"{y}-{m:02}-{d:02}", f"{y}/{m:02}/{d:02}", f"{y}年{m}月{d}日", f"{y}{m:02}{d:02}"])

    def ip(self) -> str:
        return self._rng.choice(["192.0.2.", "198.51.100.", "203.0.113."]) + str(self._rng.randrange(1, 255))

    def imei(self) -> str:
        return "35000000" + self._digits(7)

    def oaid(self) -> str:
        return self.uuid()

    def latitude(self) -> str:
        return f"{self._rng.uniform(20, 45):.6f}"

    def longitude(self) -> str:
        return f"{self._rng.uniform(80, 130):.6f}"

    def passport(self) -> str:
        return "E" + self._digits(8)

    # What only looks like one.
    def time(self) -> str:
        r = self._rng
        return f"2026-{r.randrange(1, 13):02}-{r.randrange(1, 29):02} {r.randrange(24):02}:{r.randrange(60):02}:{r.randrange(60):02}"

    def seconds(self) -> str:
        return str(self._rng.randrange(1_600_000_000, 1_800_000_000))

    def millis(self) -> str:
        return str(self._rng.randrange(1_600_000_000_000, 1_800_000_000_000))

    def order(self) -> str:
        r = self._rng
        return f"2026{r.randrange(1, 13):02}{r.randrange(1, 29):02}" + self._digits(r.choice([8, 10, 11]))

    def order11(self) -> str:
        return "1" + self._rng.choice("3456789") + self._digits(9)

    def luhn16(self) -> str:
        """Give an order number of sixteen digits that passes Luhn and begins like a card."""
        body = self._rng.choice(["62", "45", "52"]) + self._digits(13)
        return next(body + d for d in "0123456789" if passes_luhn(body + d))

    def snowflake(self) -> str:
        return str(self._rng.randrange(1_000_000_000_000_000_000, 1_999_999_999_999_999_999))

    def tracking(self) -> str:
        return self._rng.choice(["SF", "YT", "JD", "ZTO"]) + self._digits(self._rng.choice([12, 13]))

    def tracking_bare(self) -> str:
        return "7" + self._digits(self._rng.choice([11, 14]))

    def uuid(self) -> str:
        h = f"{self._rng.getrandbits(128):032x}"
        return f"{h[:8]}-{h[8:12]}-4{h[13:16]}-a{h[17:20]}-{h[20:]}"

    def hex(self) -> str:
        return f"{self._rng.getrandbits(160):040x}"

    def money(self) -> str:
        return f"{self._rng.randrange(1, 99_999)}.{self._rng.randrange(100):02}"

    def version(self) -> str:
        return ".".join(str(self._rng.randrange(30)) for _ in range(self._rng.choice([3, 4])))

    def n(self) -> str:
        return str(self._rng.randrange(1, 9_999))
