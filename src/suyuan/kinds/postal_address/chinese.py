"""Chinese addresses: one spelling of province, spaces, building and room; and the equal spellings of each."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, TypeAlias

import polars as pl

from suyuan.kinds.kind import AsPart, Span
from suyuan.kinds.plain import HAN
from suyuan.kinds.postal_address.gazetteer import CITIES_OF_PROVINCE, PROVINCE_OF_CITY, SHORT_PROVINCES
from suyuan.kinds.product import PartColumns

_NUMERALS = "一二三四五六七八九十百"
_TOKEN = "[省市区县镇乡村路街道巷弄里号栋幢室楼座苑园庄屯寨州盟旗队组厦场城]"
_PROVINCES = "|".join(sorted({*CITIES_OF_PROVINCE, *SHORT_PROVINCES}, key=lambda name: (-len(name), name)))
_CITIES = "|".join(sorted(PROVINCE_OF_CITY, key=lambda name: (-len(name), name)))
# A city followed by 场 is a market (杭州市场路), not a region.
_REGION = rf"^({_PROVINCES})?({_CITIES})((?:[^场].*)?)$"
_MUNICIPALITY = r"^((?:北京|天津|上海|重庆)市)((?:[^场].*)?)$"
_COUNTY = rf"^([{HAN}]{{1,9}}?[区县市旗])(.*)$"
_BUILDING = rf"([0-9A-Za-z{_NUMERALS}])(?:栋|幢|号楼|#楼)"
_LAST_BUILDING = rf"^(.*[0-9A-Za-z{_NUMERALS}])栋(.*)$"
_FLAT = "([0-9]{3,4}[A-Za-z]?)"
# 2-501 means unit 2 room 501 only just after a building; elsewhere it may be building 2, and is left alone.
_ROOM_OF_BUILDING = rf"^(.*栋)(?:([0-9]{{1,2}}|[A-Za-z])(?:单元|-))?{_FLAT}室?$"
_ROOM = rf"^(.*(?:号|座|单元|楼|层)){_FLAT}室?$"
# Both at one look, the first where it fits: in columns, which are looked through once for it.
_ROOM_EITHER = rf"^(?:(.*栋)(?:([0-9]{{1,2}}|[A-Za-z])(?:单元|-))?|(.*(?:号|座|单元|楼|层))){_FLAT}室?$"
_SHOWN_TO_BUILDING = r"^(.*?栋).*$"
_SHOWN_TO_NUMBER = r"^(.*?(?:号|座|弄)).*$"

BUILDINGS = ("栋", "幢", "号楼")
_PART_OF_BUILDING: Final[AsPart] = (BUILDINGS, 2)
_GAP: Final[AsPart] = (("", " "), 1)

_AT_REGION, _AT_MUNICIPALITY, _AT_COUNTY = (re.compile(one) for one in (_REGION, _MUNICIPALITY, _COUNTY))
_AT_ROOM_OF_BUILDING, _AT_ROOM, _AT_LAST_BUILDING = (
    re.compile(one) for one in (_ROOM_OF_BUILDING, _ROOM, _LAST_BUILDING)
)


def _by_beginning(names: Iterable[str]) -> Mapping[str, Sequence[str]]:
    """Give the names by their first two characters, the longest first."""
    found: dict[str, list[str]] = {}
    for name in sorted(names, key=len, reverse=True):
        found.setdefault(name[:2], []).append(name)
    return found


_PROVINCES_BY_BEGINNING: Final = _by_beginning({*CITIES_OF_PROVINCE, *SHORT_PROVINCES})
_CITIES_BY_BEGINNING: Final = _by_beginning(PROVINCE_OF_CITY)

_RUN = re.compile(rf"[{HAN}0-9A-Za-z\uff10-\uff19()\uff08\uff09#\-]+(?: [{HAN}0-9A-Za-z\uff10-\uff19#\-]+)*")
_REGION_IN_RUN = re.compile(rf"(?:{_PROVINCES})?(?:{_CITIES})|(?:北京|天津|上海|重庆)市|(?:{_PROVINCES})")
_STREET_IN_RUN = re.compile(rf"[{HAN}](?:路|街|道|巷|弄|胡同|村|镇|乡|小区|[花家]园|公寓|大厦|广场)")
_NUMBER_IN_RUN = re.compile(
    rf"[0-9A-Za-z\uff10-\uff19{_NUMERALS}](?:号楼|号|栋|幢|单元|弄|座|室|楼|层|组|#)(?:[0-9\uff10-\uff19]+(?:-[0-9]+)*室?)?"
)

WHOLE = (
    rf"^(?:{_PROVINCES})?(?:{_CITIES}).{{2}}|^(?:北京|天津|上海|重庆)市?.{{1,8}}[区县]|^(?:{_PROVINCES}).{{2,}}[市县区州盟]"
    rf"|(?:路|街|道|巷|弄|胡同|村|镇|乡|小区|[花家]园|公寓|大厦|广场|新村|苑).*[0-9{_NUMERALS}]+(?:号|栋|幢|单元|座|室|楼|层|弄|组)"
    rf"|[0-9]+(?:号楼|栋|幢|单元|室)|^[{HAN}]{{2,}}[区县市].+(?:路|街|道|镇|乡|村)"
)
"""What a whole Chinese address looks like: a region with more after it, or a street or building with its number."""


def spans(text: str) -> list[Span]:
    """Find runs that name two of region, street and number; the run begins at its region if it has one."""
    found: list[Span] = []
    for run in _RUN.finditer(text):
        region = _REGION_IN_RUN.search(run[0])
        street = _STREET_IN_RUN.search(run[0])
        numbers = list(_NUMBER_IN_RUN.finditer(run[0]))
        signs = (region is not None) + (street is not None) + bool(numbers)
        if signs < 2:
            continue
        start = run.start() + (region.start() if region else 0)
        end = run.start() + numbers[-1].end() if numbers else run.end()
        if end > start:
            found.append(Span(start=start, end=end, confidence=0.6 if signs == 2 else 0.9))
    return found


def region_in(text: str) -> int | None:
    """Give where the first region of the gazetteer begins: a province, a city, or one of the four municipalities."""
    found = _REGION_IN_RUN.search(text)
    return None if found is None else found.start()


_Pieces: TypeAlias = tuple[str, str, str, str, str, str, str]
"""A canonical address cut where its forms differ: province, region, street, building, what is after it, unit, room.

Their concatenation is the address.
"""


def canonical(text: str) -> str | None:
    """Give the one spelling of plain text that holds Han; None if no part of it says address."""
    for _ in range(2):
        text = re.sub("([A-Za-z]) ([A-Za-z])", "\\1\x1f\\2", text)
    text = text.replace(" ", "").replace("\x1f", " ")
    text = re.sub(_BUILDING, r"\1栋", text)
    if found := re.search(_ROOM_OF_BUILDING, text):
        text = f"{found[1]}{found[2]}单元{found[3]}室" if found[2] else f"{found[1]}{found[3]}室"
    elif found := re.search(_ROOM, text):
        text = f"{found[1]}{found[2]}室"
    found = re.search(_REGION, text)
    if found:
        province = PROVINCE_OF_CITY[found[2]]
        if found[1] is None or SHORT_PROVINCES.get(found[1], found[1]) == province:
            text = province + found[2] + found[3]
    # Judged last, so that every form is judged as its canonical is.
    return text if 3 <= len(text) <= 200 and "@" not in text and re.search(_TOKEN, text) else None


def mask(canonical: str) -> str:
    """Hide what follows the building or, without one, the house number; without either, every number."""
    for pattern in (_SHOWN_TO_BUILDING, _SHOWN_TO_NUMBER):
        if found := re.search(pattern, canonical):
            return f"{found[1]}***"
    return re.sub("[0-9A-Za-z]+", "***", canonical)


def form_parts(canonical: str) -> list[AsPart]:
    """Give the parts of the forms: region (slot 0), separator (1), designator (2), unit (3)."""
    province, region, street, building, after, unit, room = _cut(canonical)
    parts: list[AsPart] = []
    if province:
        parts.append(((province, ""), 0))
    if region:
        parts.append(((region,), None))
        if street or building or after or room:
            parts.append(_GAP)
    parts.append(((street,), None))
    if building:
        parts.append(_PART_OF_BUILDING)
        if after:
            parts.append(((after,), None))
    if unit:
        parts.append(((f"{unit}单元{room}室", f"{unit}单元{room}", f"{unit}-{room}室", f"{unit}-{room}"), 3))
    elif room:
        parts.append(((f"{room}室", room), 3))
    return parts


def _cut(canonical: str) -> _Pieces:
    """Cut at the end of the region, around the last building and before the room."""
    province, region, street, after, unit, room = "", "", canonical, "", "", ""
    if known := _region_of(canonical):
        province, region, street = known
    elif found := _AT_REGION.search(canonical):
        own = PROVINCE_OF_CITY[found[2]]
        if found[1] == own:
            province, region, street = own, found[2], found[3]
    elif found := _AT_MUNICIPALITY.search(canonical):
        region, street = found[1], found[2]
    if region and (found := _AT_COUNTY.search(street)):
        region, street = region + found[1], found[2]
    has_building = BUILDINGS[0] in street
    if has_building and (found := _AT_ROOM_OF_BUILDING.search(street)):
        street, unit, room = found[1], found[2] or "", found[3]
    elif found := _AT_ROOM.search(street):
        street, room = found[1], found[2]
    building = ""
    if has_building and (found := _AT_LAST_BUILDING.search(street)):
        street, building, after = found[1], BUILDINGS[0], found[2]
    return province, region, street, building, after, unit, room


def _region_of(canonical: str) -> tuple[str, str, str] | None:
    """Give province, city and the rest where the first names that `_REGION` tries are there; else ask `_REGION`.

    Its alternatives are some hundreds of names, the longest first; a look into two tables takes a tenth of the time.
    """
    for province in _PROVINCES_BY_BEGINNING.get(canonical[:2], ()):
        if canonical.startswith(province):
            start = len(province)
            for city in _CITIES_BY_BEGINNING.get(canonical[start : start + 2], ()):
                if canonical.startswith(city, start):
                    street = canonical[start + len(city) :]
                    fits = PROVINCE_OF_CITY[city] == province and street[:1] != "场" and "\n" not in street
                    return (province, city, street) if fits else None
            return None
    return None


def canonical_column(column: pl.Series) -> pl.Series:
    """`canonical` over plain texts that hold Han; null where it is None."""
    text = pl.col("text")
    frame = pl.DataFrame({"text": column})
    if frame["text"].str.contains(" ", literal=True).any():
        for _ in range(2):
            frame = frame.select(text.str.replace_all("([A-Za-z]) ([A-Za-z])", "${1}\x1f${2}"))
        frame = frame.select(text.str.replace_all(" ", "", literal=True).str.replace_all("\x1f", " ", literal=True))
    frame = frame.select(text.str.replace_all(_BUILDING, "${1}栋"))
    frame = frame.with_columns(text.str.extract_groups(_ROOM_EITHER).alias("flat"))
    near, unit, far, room = (pl.col("flat").struct.field(str(i)) for i in (1, 2, 3, 4))
    head = pl.coalesce(near, far) + pl.coalesce(unit + pl.lit("单元"), pl.lit(""))
    frame = frame.select(pl.coalesce(head + room + pl.lit("室"), text).alias("text"))
    frame = frame.with_columns(_region().alias("given"))
    given, city, rest = (pl.col("given").struct.field(str(i)) for i in (1, 2, 3))
    province = city.replace_strict(PROVINCE_OF_CITY, default=None, return_dtype=pl.String)
    agrees = given.is_null() | (given.replace(SHORT_PROVINCES) == province)
    frame = frame.select(
        pl.when(city.is_not_null() & agrees).then(province + city + rest).otherwise(text).alias("text")
    )
    length = text.str.len_chars()
    kept = (length >= 3) & (length <= 200) & ~text.str.contains("@", literal=True) & text.str.contains(_TOKEN)
    return frame.select(pl.when(kept).then(text).alias("text")).to_series()


def mask_column(canonical: pl.Series) -> pl.Series:
    """`mask` over a column."""
    text = pl.col("text")
    masked = (
        pl.when(text.str.contains(_SHOWN_TO_BUILDING))
        .then(text.str.replace(_SHOWN_TO_BUILDING, "${1}***"))
        .when(text.str.contains(_SHOWN_TO_NUMBER))
        .then(text.str.replace(_SHOWN_TO_NUMBER, "${1}***"))
        .otherwise(text.str.replace_all("[0-9A-Za-z]+", "***"))
    )
    return pl.DataFrame({"text": canonical}).select(masked).to_series()


PART_COLUMNS = (
    PartColumns(slot=0, choices=("province0", "empty")),
    PartColumns(choices=("region",)),
    PartColumns(slot=1, choices=("empty", "space")),
    PartColumns(choices=("street",)),
    PartColumns(slot=2, choices=("building0", "building1", "building2")),
    PartColumns(choices=("after",)),
    PartColumns(slot=3, choices=("unit0", "unit1", "unit2", "unit3")),
)


def form_columns(canonical: pl.Series) -> pl.DataFrame:
    """Give the columns that `PART_COLUMNS` names, and the radix of every slot."""
    text, empty = pl.col("text"), pl.lit("")
    frame = pl.DataFrame({"text": canonical})
    frame = frame.with_columns(_region().alias("found"), text.str.extract_groups(_MUNICIPALITY).alias("municipality"))
    given, city, rest = (pl.col("found").struct.field(str(i)) for i in (1, 2, 3))
    own = city.replace_strict(PROVINCE_OF_CITY, default=None, return_dtype=pl.String)
    municipality, municipal_rest = (pl.col("municipality").struct.field(str(i)) for i in (1, 2))
    fixes = (given == own).fill_null(False)
    outside = ~fixes & city.is_null() & municipality.is_not_null()
    frame = frame.select(
        pl.when(fixes).then(given).otherwise(empty).alias("province0"),
        pl.when(fixes).then(city).when(outside).then(municipality).otherwise(empty).alias("region"),
        pl.when(fixes).then(rest).when(outside).then(municipal_rest).otherwise(text).alias("street"),
    )
    frame = frame.with_columns(
        pl.when(pl.col("region") != "").then(pl.col("street").str.extract_groups(_COUNTY)).alias("county")
    )
    county, below = (pl.col("county").struct.field(str(i)) for i in (1, 2))
    frame = frame.with_columns(
        (pl.col("region") + pl.coalesce(county, empty)).alias("region"), pl.coalesce(below, "street").alias("street")
    ).with_columns(pl.col("street").str.extract_groups(_ROOM_EITHER).alias("flat"))
    near, unit, far, room = (pl.col("flat").struct.field(str(i)) for i in (1, 2, 3, 4))
    frame = frame.with_columns(
        pl.coalesce(near, far, "street").alias("street"), unit.alias("unit"), room.alias("room")
    ).with_columns(pl.col("street").str.extract_groups(_LAST_BUILDING).alias("last"))
    before, behind = (pl.col("last").struct.field(str(i)) for i in (1, 2))
    has_building, has_unit, has_room = before.is_not_null(), pl.col("unit").is_not_null(), pl.col("room").is_not_null()
    frame = frame.with_columns(pl.coalesce(before, "street").alias("street"), pl.coalesce(behind, empty).alias("after"))
    has_gap = (pl.col("region") != "") & ((pl.col("street") != "") | has_building | (pl.col("after") != "") | has_room)
    in_unit = pl.col("unit") + pl.lit("单元") + pl.col("room")
    after_dash = pl.col("unit") + pl.lit("-") + pl.col("room")
    return frame.select(
        "province0",
        "region",
        "street",
        "after",
        empty.alias("empty"),
        pl.lit(" ").alias("space"),
        *(
            pl.when(has_building).then(pl.lit(b)).otherwise(empty).alias(f"building{i}")
            for i, b in enumerate(BUILDINGS)
        ),
        pl.coalesce(in_unit + pl.lit("室"), pl.col("room") + pl.lit("室"), empty).alias("unit0"),
        pl.coalesce(in_unit, "room", empty).alias("unit1"),
        pl.coalesce(after_dash + pl.lit("室"), empty).alias("unit2"),
        pl.coalesce(after_dash, empty).alias("unit3"),
        pl.when(pl.col("province0") != "").then(2).otherwise(1).alias("r0"),
        pl.when(has_gap).then(2).otherwise(1).alias("r1"),
        pl.when(has_building).then(3).otherwise(1).alias("r2"),
        pl.when(has_unit).then(4).when(has_room).then(2).otherwise(1).alias("r3"),
    )


def _region() -> pl.Expr:
    return pl.col("text").str.extract_groups(_REGION)
