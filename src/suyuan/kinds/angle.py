"""Angles as people write them: degrees with decimals, or degrees, minutes and seconds; one, or two that are a place.

A number of degrees is kept in whole units of the fifth decimal: what is rounded is digits, never a float.
"""

import re
from dataclasses import dataclass
from typing import Final

import polars as pl

from suyuan.kinds.plain import EDGES, plain, plain_column

DECIMALS: Final = 5
"""Decimals of a degree that are part of a value: 0.00001 of a degree is 1.1 m."""

UNIT: Final = 10**DECIMALS
LATITUDE_AT_MOST: Final = 90 * UNIT
LONGITUDE_AT_MOST: Final = 180 * UNIT

_MILLIONTH: Final = 1_000_000
_MILLIONTHS_A_UNIT: Final = 3600 * _MILLIONTH // UNIT
"""Millionths of a second in one unit: seconds are read to six decimals, so a unit is reached exactly."""

_COMPASS = "[NSEWnsew]|北纬|南纬|东经|西经"
_SOUTH_OR_WEST = ("s", "w", "南纬", "西经")
_OF_LATITUDE = ("n", "s", "北纬", "南纬")
_MINUS = ("-", "\u2212")
_SIGN = "[-+\u2212]?"
_ANGLE = (
    rf"(?:({_COMPASS}) ?)?({_SIGN})([0-9]{{1,3}})(?:\.([0-9]{{1,20}}))?"
    r"(?: ?(°|度)(?: ?([0-9]{1,2})(?:\.([0-9]{1,6}))?(?: ?(?:['\u2032\u2019]|分)(?: ?([0-9]{1,2})(?:\.([0-9]{1,6}))?"
    r"(?: ?(?:\"|''|\u2032\u2032|[\u201d\u2033]|\u2019\u2019|秒))?)?)?)?)?"
    rf"(?: ?({_COMPASS}))?"
)
_GROUPS = 10
_BETWEEN = "(?: ?[,;|/、] ?| )"
_LABELLED = r"[\"']? ?[:=]? ?[\"']?"
_LAT = rf"[\"']?(?:lat|latitude|纬度){_LABELLED}"
_LNG = rf"[\"']?(?:lng|lon|long|longitude|经度){_LABELLED}"
_NEXT = "[\"']?(?: ?[,;&|] ?| )"

LATITUDE, LONGITUDE = "latitude", "longitude"

_PATTERNS: Final[tuple[tuple[str, str], ...]] = (
    (rf"(?i)^[(\[]? ?(?:geo:)?{_ANGLE}{_BETWEEN}{_ANGLE} ?[)\]]?$", ""),
    (rf"(?i)^(?:SRID=[0-9]{{1,6}}; ?)?POINT ?\( ?{_ANGLE} {_ANGLE} ?\)$", LONGITUDE),
    (rf"(?i)^[{{(]? ?{_LAT}{_ANGLE}{_NEXT}{_LNG}{_ANGLE}[\"']? ?[}})]?$", LATITUDE),
    (rf"(?i)^[{{(]? ?{_LNG}{_ANGLE}{_NEXT}{_LAT}{_ANGLE}[\"']? ?[}})]?$", LONGITUDE),
)
"""Spellings of a pair, and which number comes first where the words around them say it."""

_ALONE: Final = rf"(?i)^{_ANGLE}$"
_FINE = rf"{_SIGN}[0-9]{{1,3}}\.[0-9]{{4,20}}"
_SIGNED = r"(?: ?[°度])?(?: ?[NSEWnsew])?"
TELLING_PAIR: Final = rf"^(?:[(\[] ?|POINT ?\( ?|geo:|[NSEW北南纬东西经]{{0,2}} ?){_FINE}{_SIGNED}{_BETWEEN}(?:[NSEW东西经北南纬]{{0,2}}) ?{_FINE}{_SIGNED} ?[)\]]?$"
"""A cell that is two numbers of four decimals or more: nothing else is written so."""

PAIR_IN_TEXT: Final = re.compile(
    rf"(?<![0-9A-Za-z.,\-+°]){_FINE}(?P<sign> ?[°度](?: ?[NSEW])?| ?[NSEW])?(?: ?[,;|/、，] ?| )"
    rf"{_FINE}(?: ?[°度](?: ?[NSEW])?| ?[NSEW])?(?![0-9A-Za-z.%°])(?! ?[,;|/、，] ?[0-9]+\.)",
    re.ASCII,
)
"""Two such numbers in running text, and no third: a row of figures is no place."""


def spelled(text: str) -> str | None:
    """Give the one spelling of a place or of one angle, or None."""
    text = re.sub(EDGES, "", plain(text))
    for pattern, first_is in _PATTERNS:
        if (found := re.search(pattern, text, re.ASCII)) is not None:
            one, other = (_angle(found.groups()[at : at + _GROUPS]) for at in (0, _GROUPS))
            if (place := _place(one, other, first_is=first_is)) is not None:
                return place
    found = re.search(_ALONE, text, re.ASCII)
    angle = None if found is None else _angle(found.groups())
    if angle is None or abs(angle.units) > (LATITUDE_AT_MOST if angle.axis == LATITUDE else LONGITUDE_AT_MOST):
        return None
    return written(_eastern(angle.units))


@dataclass(frozen=True, slots=True)
class _Angle:
    """An angle in whole units, and which of the two it is, where a point of the compass says it."""

    units: int
    axis: str


def _angle(groups: tuple[str | None, ...]) -> _Angle | None:
    """Read one angle; None for a bare whole number, two signs, or sixty minutes."""
    before, sign, degrees, decimals, mark, minutes, of_minutes, seconds, of_seconds, behind = (
        group or "" for group in groups
    )
    compass = (before or behind).lower()
    if (before and behind) or (sign and compass) or not (decimals or mark or compass):
        return None
    if (decimals and minutes) or (of_minutes and seconds) or int(minutes or 0) > 59 or int(seconds or 0) > 59:
        return None
    if minutes:
        millionths = (3600 * int(degrees) + 60 * int(minutes) + int(seconds or 0)) * _MILLIONTH
        millionths += 60 * int(of_minutes.ljust(6, "0")) + int(of_seconds.ljust(6, "0"))
        units = (millionths + _MILLIONTHS_A_UNIT // 2) // _MILLIONTHS_A_UNIT
    else:
        units = int(degrees) * UNIT + int(decimals[:DECIMALS].ljust(DECIMALS, "0"))
        units += decimals[DECIMALS : DECIMALS + 1] >= "5"
    is_negative = sign in _MINUS or compass in _SOUTH_OR_WEST
    axis = (LATITUDE if compass in _OF_LATITUDE else LONGITUDE) if compass else ""
    return _Angle(-units if is_negative else units, axis)


def _place(one: _Angle | None, other: _Angle | None, *, first_is: str) -> str | None:
    """Put two angles in order; None where they are no place."""
    if one is None or other is None:
        return None
    said = {LATITUDE: LONGITUDE, LONGITUDE: LATITUDE}
    words = {first_is, one.axis, said.get(other.axis, "")} - {""}
    if len(words) > 1:
        return None
    first = words.pop() if words else LONGITUDE if abs(one.units) > LATITUDE_AT_MOST else LATITUDE
    latitude, longitude = (one.units, other.units) if first == LATITUDE else (other.units, one.units)
    if abs(latitude) > LATITUDE_AT_MOST or abs(longitude) > LONGITUDE_AT_MOST:
        return None
    return f"{written(latitude)},{written(_eastern(longitude))}"


def _eastern(units: int) -> int:
    """Give the date line one spelling: 180 degrees west are 180 degrees east."""
    return LONGITUDE_AT_MOST if units == -LONGITUDE_AT_MOST else units


def written(units: int) -> str:
    """Give the canonical spelling of a number of degrees in whole units."""
    whole, rest = divmod(abs(units), UNIT)
    return f"{'-' if units < 0 else ''}{whole}.{rest:0{DECIMALS}}"


def units_of(number: str) -> int:
    """Give a canonical number in whole units."""
    return int(number.replace(".", ""))


def units_of_column(number: pl.Expr) -> pl.Expr:
    """`units_of` over a column; null stays null."""
    return number.str.replace(".", "", literal=True).cast(pl.Int64)


def spelled_column(column: pl.Series) -> pl.Series:
    """`spelled` over a column: one pattern after the other, each on what the ones before left."""
    text = plain_column(column.cast(pl.String)).str.replace_all(EDGES, "")
    left = pl.DataFrame({"row": pl.int_range(column.len(), eager=True), "text": text})
    found = [pl.DataFrame(schema={"row": pl.Int64, "spelled": pl.String})]
    for pattern, first_is in (*_PATTERNS, (_ALONE, None)):
        fits = left["text"].str.contains(pattern).fill_null(value=False)
        if not fits.any():
            continue
        here = left.filter(fits)
        groups = here["text"].str.extract_groups(pattern).struct.unnest().with_columns(pl.all().fill_null(""))
        spelled = _alone_column(groups) if first_is is None else _places_column(groups, first_is=first_is)
        found.append(here.select("row", spelled).drop_nulls())
        left = left.join(found[-1], on="row", how="anti", maintain_order="left")
    rows = pl.DataFrame({"row": pl.int_range(column.len(), eager=True)})
    joined = rows.join(pl.concat(found), on="row", how="left", maintain_order="left")
    return joined["spelled"].rename(column.name)


def _alone_column(groups: pl.DataFrame) -> pl.Series:
    """Give the spelling of one angle; null where it is none."""
    units, axis = pl.col("units"), pl.col("axis")
    most = pl.when(axis == LATITUDE).then(LATITUDE_AT_MOST).otherwise(LONGITUDE_AT_MOST)
    spelled = pl.when(units.abs() <= most).then(written_column(_eastern_column(units)))
    return _angles_column(groups, at=0).select(spelled=spelled).to_series()


def _angles_column(groups: pl.DataFrame, *, at: int) -> pl.DataFrame:
    """`_angle` over groups, the first of them after number `at`: `units`, null where there is none, and `axis`, or empty."""
    names = (
        "before", "sign", "degrees", "decimals", "mark", "minutes", "of_minutes", "seconds", "of_seconds", "behind"
    )  # fmt: skip
    frame = groups.select(pl.col(str(at + place)).alias(name) for place, name in enumerate(names, start=1))
    before, sign, degrees, decimals, mark, minutes, of_minutes, seconds, of_seconds, behind = map(pl.col, names)
    numbers = {
        "degrees": degrees, "decimals": decimals.str.slice(0, DECIMALS).str.pad_end(DECIMALS, "0"), "minutes": minutes,
        "of_minutes": of_minutes.str.pad_end(6, "0"), "seconds": seconds, "of_seconds": of_seconds.str.pad_end(6, "0"),
    }  # fmt: skip
    frame = frame.with_columns(
        *(text.cast(pl.Int64, strict=False).fill_null(0).alias(f"{name}:") for name, text in numbers.items()),
        pl.when(before != "").then(before).otherwise(behind).str.to_lowercase().alias("compass"),
    )
    compass = pl.col("compass")
    is_one = (
        ((before == "") | (behind == "")) & ((sign == "") | (compass == ""))
        & ((decimals != "") | (mark != "") | (compass != "")) & ((decimals == "") | (minutes == ""))
        & ((of_minutes == "") | (seconds == "")) & (pl.col("minutes:") < 60) & (pl.col("seconds:") < 60)
    )  # fmt: skip
    millionths = (3600 * pl.col("degrees:") + 60 * pl.col("minutes:") + pl.col("seconds:")) * _MILLIONTH
    millionths += 60 * pl.col("of_minutes:") + pl.col("of_seconds:")
    parted = (millionths + _MILLIONTHS_A_UNIT // 2) // _MILLIONTHS_A_UNIT
    whole = pl.col("degrees:") * UNIT + pl.col("decimals:")
    whole += (decimals.str.slice(DECIMALS, 1) >= "5").cast(pl.Int64)
    is_negative = sign.is_in(list(_MINUS)) | compass.is_in(list(_SOUTH_OR_WEST))
    frame = frame.select(
        "compass",
        is_one=is_one,
        away=pl.when(is_negative).then(-1).otherwise(1),
        size=pl.when(minutes != "").then(parted).otherwise(whole),
    )
    axis = pl.when(compass.is_in(list(_OF_LATITUDE))).then(pl.lit(LATITUDE)).otherwise(pl.lit(LONGITUDE))
    return frame.select(
        units=pl.when("is_one").then(pl.col("away") * pl.col("size")),
        axis=pl.when(compass == "").then(pl.lit("")).otherwise(axis),
    )


def _places_column(groups: pl.DataFrame, *, first_is: str) -> pl.Series:
    """`_place` over groups."""
    one, other = _angles_column(groups, at=0), _angles_column(groups, at=_GROUPS)
    frame = pl.DataFrame(
        {"one": one["units"], "axis": one["axis"], "other": other["units"], "other_axis": other["axis"]}
    )
    said = pl.col("other_axis").replace({LATITUDE: LONGITUDE, LONGITUDE: LATITUDE})
    words = (pl.lit(first_is), pl.col("axis"), said)
    frame = frame.select(
        "one",
        "other",
        **{axis: pl.any_horizontal([word == axis for word in words]) for axis in (LATITUDE, LONGITUDE)},
    )
    swapped = pl.col(LONGITUDE) | (~pl.col(LATITUDE) & (pl.col("one").abs() > LATITUDE_AT_MOST))
    frame = frame.select(
        agree=~(pl.col(LATITUDE) & pl.col(LONGITUDE)),
        first=pl.when(swapped).then("other").otherwise("one"),
        second=pl.when(swapped).then("one").otherwise("other"),
    )
    first, second = pl.col("first"), pl.col("second")
    fits = (first.abs() <= LATITUDE_AT_MOST) & (second.abs() <= LONGITUDE_AT_MOST) & pl.col("agree")
    text = written_column(first) + pl.lit(",") + written_column(_eastern_column(second))
    return frame.select(spelled=pl.when(fits).then(text)).to_series()


def _eastern_column(units: pl.Expr) -> pl.Expr:
    return pl.when(units == -LONGITUDE_AT_MOST).then(LONGITUDE_AT_MOST).otherwise(units)


def written_column(units: pl.Expr) -> pl.Expr:
    """`written` over a column; null stays null."""
    size = units.abs()
    sign = pl.when(units < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    rest = (size % UNIT).cast(pl.String).str.zfill(DECIMALS)
    return sign + (size // UNIT).cast(pl.String) + pl.lit(".") + rest
