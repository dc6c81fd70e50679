"""Measure how many bits the forms of a typical value carry, what each normalisation leaves, and the columns' speed.

    PYTHONPATH=src python benchmarks/kind_bits.py [--persons N] [--rows N]

With SUYUAN_FEBRL_DIR set to the folder that holds FEBRL's dataset4a.csv, its persons are measured too.
Every other person is invented from a fixed seed.
"""

import argparse
import csv
import math
import os
import random
import re
import time
from collections.abc import Callable
from pathlib import Path

import polars as pl

from suyuan.kinds import KINDS, NotA, fold
from suyuan.kinds.postal_address.gazetteer import CITIES_OF_PROVINCE
from suyuan.terms import KindName

SEED = 20_240_601
NORMALISATIONS: dict[str, Callable[[KindName, str], str]] = {
    "fold": lambda _, text: fold(text),
    "no spaces": lambda _, text: re.sub(r"\s", "", fold(text)),
    "letters and digits": lambda _, text: re.sub(r"[\W_]", "", fold(text)),
    "canonical": lambda name, text: str(KINDS[name].canonical(text)),
}


def _check_digit(body: str) -> str:
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return "10X98765432"[sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11]


def chinese_person(rng: random.Random) -> dict[KindName, str]:
    province = rng.choice(list(CITIES_OF_PROVINCE))
    city = rng.choice(CITIES_OF_PROVINCE[province])
    street = "".join(rng.sample("平安幸福和谐光明长青未名", 2)) + rng.choice("路街巷")
    address = f"{province if rng.random() < 0.7 else ''}{city}{rng.choice(['城东区', '城西区', '开发区', ''])}{street}{rng.randrange(1, 999)}号"
    if rng.random() < 0.8:
        address += f"{rng.randrange(1, 40)}{rng.choice(['栋', '幢', '号楼'])}"
        address += f"{rng.randrange(1, 6)}单元" if rng.random() < 0.6 else ""
        address += f"{rng.randrange(1, 34)}0{rng.randrange(1, 9)}室"
    birth = f"{rng.randrange(1940, 2010)}{rng.randrange(1, 13):02}{rng.randrange(1, 29):02}"
    body = f"99{rng.randrange(10_000):04}{birth}{rng.randrange(1000):03}"
    return {
        KindName.PHONE: f"170{rng.randrange(10**8):08}",
        KindName.PERSON_NAME: rng.choice("王李张刘陈杨黄赵周吴")
        + "".join(rng.sample("伟芳娜敏静秀英丽强磊", rng.choice([1, 2]))),
        KindName.POSTAL_ADDRESS: address,
        KindName.RESIDENT_ID: body + _check_digit(body),
        KindName.EMAIL: f"user{rng.randrange(10**6)}@example.com",
        KindName.DATE: birth,
        KindName.COORDINATE: f"{rng.uniform(18, 54):.6f},{rng.uniform(73, 135):.6f}",
    }


def western_person(rng: random.Random) -> dict[KindName, str]:
    street = f"{rng.choice(['Invented', 'Seeded', 'Barry', 'Haddon', 'Long Hill'])} {rng.choice(['Street', 'Rd', 'Ave', 'Drive', 'Cct', 'Place', 'Cres'])}"
    unit = f"{rng.choice(['Unit', 'Flat', 'Apt'])} {rng.randrange(1, 40)}, " if rng.random() < 0.3 else ""
    town = rng.choice(["Springfield", "North Haven", "Winston Hills"])
    return {
        KindName.PHONE: f"+44207946{rng.randrange(1000):04}",
        KindName.PERSON_NAME: f"{rng.choice(['Ada', 'Mary Ann', 'Tom', 'Ravi'])} {rng.choice(['Smith', 'Neumann', 'Painter'])}",
        KindName.POSTAL_ADDRESS: f"{unit}{rng.randrange(1, 300)} {street}, {town} {rng.randrange(1000, 9999)}",
        KindName.EMAIL: f"user{rng.randrange(10**6)}@example.org",
        KindName.DATE: f"{rng.randrange(1, 29)} {rng.choice(['Mar', 'Oct'])} {rng.randrange(1940, 2010)}",
        KindName.COORDINATE: f"{rng.uniform(36, 60):.6f}, {rng.uniform(-10, 30):.6f}",
    }


def febrl_persons(folder: Path) -> list[dict[KindName, str]]:
    with (folder / "dataset4a.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, skipinitialspace=True))
    return [
        {
            KindName.PERSON_NAME: f"{row['given_name']} {row['surname']}",
            KindName.POSTAL_ADDRESS: f"{row['street_number']} {row['address_1']}".strip(),
            KindName.DATE: row["date_of_birth"],
        }
        for row in rows
    ]


def print_bits(title: str, persons: list[dict[KindName, str]]) -> None:
    print(f"\n{title}: {len(persons)} persons; mean bits a value")
    print(f"{'kind':<16}{'read':>8}{'carried':>9}" + "".join(f"{name:>20}" for name in NORMALISATIONS))
    for name in persons[0]:
        texts = [person[name] for person in persons if person[name].strip()]
        tables = [KINDS[name].forms(c) for text in texts if not isinstance(c := KINDS[name].canonical(text), NotA)]
        carried = sum(math.log2(len(table.texts)) for table in tables) / len(tables)
        left = [
            sum(math.log2(len({normalise(name, form) for form in table.texts})) for table in tables) / len(tables)
            for normalise in NORMALISATIONS.values()
        ]
        print(
            f"{name.value:<16}{len(tables) / len(texts):>8.1%}{carried:>9.2f}"
            + "".join(f"{bits:>20.2f}" for bits in left)
        )


def print_speed(title: str, persons: list[dict[KindName, str]], *, rows: int) -> None:
    print(f"\n{title}: CPU seconds a million rows, measured on {rows} rows in batches of 65,536")
    print(f"{'kind':<16}{'canonical':>10}{'mask':>8}{'forms':>8}{'forms a row':>13}")
    for name in persons[0]:
        texts = [person[name] for person in persons]
        column = pl.Series((texts * (rows // len(texts) + 1))[:rows])
        batches = [column.slice(start, 65_536) for start in range(0, rows, 65_536)]
        started = time.process_time()
        canonical = [KINDS[name].canonical_column(batch) for batch in batches]
        read = time.process_time()
        for batch in canonical:
            KINDS[name].mask_column(batch)
        masked = time.process_time()
        count = 0
        for batch in canonical:
            count += int(KINDS[name].forms_column(batch).radices.prod(axis=1, dtype="int64").sum())
        formed = time.process_time()
        scale = 1_000_000 / rows
        print(
            f"{name.value:<16}{(read - started) * scale:>10.1f}{(masked - read) * scale:>8.1f}"
            f"{(formed - masked) * scale:>8.1f}{count / rows:>13.1f}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--persons", type=int, default=2_000)
    parser.add_argument("--rows", type=int, default=262_144)
    options = parser.parse_args()
    rng = random.Random(SEED)
    groups = {
        "Chinese, invented": [chinese_person(rng) for _ in range(options.persons)],
        "Western, invented": [western_person(rng) for _ in range(options.persons)],
    }
    if folder := os.environ.get("SUYUAN_FEBRL_DIR"):
        groups["FEBRL 4a"] = febrl_persons(Path(folder))
    for title, persons in groups.items():
        print_bits(title, persons)
    for title, persons in groups.items():
        print_speed(title, persons, rows=options.rows)


if __name__ == "__main__":
    main()
