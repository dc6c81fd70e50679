"""Where invented persons live: real provinces, cities and districts, invented streets, and the hub that serves them.

Western addresses cannot be real ones: a British postcode ends in two of the letters C I K M O V, which Royal Mail
never uses there (PAF Programmers' Guide), and an American ZIP code takes a prefix that the Postal Service has not
given out. Chinese streets are drawn from word parts: a real street may bear such a name; its resident is invented.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from suyuan.simulation.seeds import stream, weighted


@dataclass(frozen=True, slots=True, kw_only=True)
class City:
    """A city as addresses write it. `weight`: customers in proportion; `hub`: the outlet group that serves it."""

    head: str
    name: str
    districts: tuple[str, ...]
    weight: int
    hub: str


def _cities(hub: str, *lines: str) -> tuple[City, ...]:
    """Parse `province city weight district district ...`; a province of `-` means the city is one itself."""
    cities = []
    for line in lines:
        province, name, weight, *districts = line.split()
        head = name if province == "-" else province + name
        cities.append(City(head=head, name=name, districts=tuple(districts), weight=int(weight), hub=hub))
    return tuple(cities)


CHINESE_CITIES: tuple[City, ...] = (
    *_cities(
        "north",
        "- 北京市 90 朝阳区 海淀区 丰台区 西城区 通州区 昌平区",
        "- 天津市 45 河西区 南开区 河北区 西青区 武清区",
        "河北省 石家庄市 40 长安区 桥西区 新华区 裕华区",
        "河北省 邯郸市 45 丛台区 复兴区 邯山区 永年区",
        "山西省 太原市 25 小店区 迎泽区 杏花岭区 万柏林区",
        "内蒙古自治区 呼和浩特市 15 新城区 回民区 赛罕区",
    ),
    *_cities(
        "northeast",
        "辽宁省 沈阳市 32 和平区 沈河区 铁西区 皇姑区",
        "辽宁省 大连市 28 中山区 西岗区 沙河口区 甘井子区",
        "吉林省 长春市 24 南关区 宽城区 朝阳区 二道区",
        "黑龙江省 哈尔滨市 28 道里区 南岗区 道外区 香坊区",
    ),
    *_cities(
        "east",
        "- 上海市 95 浦东新区 徐汇区 静安区 闵行区 宝山区 松江区",
        "江苏省 南京市 50 玄武区 秦淮区 鼓楼区 江宁区 栖霞区",
        "江苏省 苏州市 55 姑苏区 吴中区 相城区 吴江区",
        "浙江省 杭州市 65 上城区 拱墅区 西湖区 滨江区 余杭区",
        "浙江省 宁波市 38 海曙区 江北区 鄞州区 镇海区",
        "安徽省 合肥市 36 庐阳区 蜀山区 包河区 瑶海区",
        "山东省 济南市 40 历下区 市中区 槐荫区 天桥区",
        "山东省 青岛市 42 市南区 市北区 崂山区 城阳区",
    ),
    *_cities(
        "south",
        "广东省 广州市 85 天河区 越秀区 海珠区 白云区 番禺区",
        "广东省 深圳市 90 南山区 福田区 罗湖区 宝安区 龙岗区",
        "广东省 佛山市 40 禅城区 南海区 顺德区",
        "福建省 福州市 32 鼓楼区 台江区 仓山区 晋安区",
        "福建省 厦门市 34 思明区 湖里区 集美区 同安区",
        "广西壮族自治区 南宁市 28 青秀区 兴宁区 西乡塘区 江南区",
        "海南省 海口市 14 龙华区 秀英区 美兰区 琼山区",
    ),
    *_cities(
        "central",
        "河南省 郑州市 50 金水区 中原区 二七区 管城回族区",
        "湖北省 武汉市 55 江岸区 武昌区 洪山区 汉阳区 江夏区",
        "湖南省 长沙市 45 岳麓区 芙蓉区 天心区 雨花区",
        "江西省 南昌市 26 东湖区 西湖区 青云谱区 红谷滩区",
    ),
    *_cities(
        "west",
        "- 重庆市 60 渝中区 江北区 沙坪坝区 九龙坡区 渝北区",
        "四川省 成都市 75 锦江区 青羊区 武侯区 成华区 双流区",
        "贵州省 贵阳市 22 云岩区 南明区 花溪区",
        "云南省 昆明市 30 五华区 盘龙区 官渡区 西山区",
        "陕西省 西安市 48 雁塔区 碑林区 莲湖区 未央区",
        "甘肃省 兰州市 18 城关区 七里河区 安宁区",
        "宁夏回族自治区 银川市 8 兴庆区 金凤区 西夏区",
        "新疆维吾尔自治区 乌鲁木齐市 16 天山区 沙依巴克区 新市区",
    ),
)
OVERSEAS = "overseas"
"""The hub of every address outside China."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _with_code(text: str) -> tuple[tuple[str, str], ...]:
    """Parse `Leeds LS; York YO` into pairs of a city and the letters or digits its postal codes begin with."""
    return tuple((entry[: entry.rindex(" ")], entry[entry.rindex(" ") + 1 :]) for entry in text.split("; "))


BRITISH_CITIES = _with_code(
    "London SW; Manchester M; Birmingham B; Leeds LS; Glasgow G; Edinburgh EH; Bristol BS; Cardiff CF; Belfast BT; "
    "Liverpool L; Sheffield S; Nottingham NG; Leicester LE; Reading RG; Norwich NR; York YO; Exeter EX; Brighton BN"
)
AMERICAN_CITIES = _with_code(
    "Springfield, IL 621; Houston, TX 771; Fresno, CA 929; Phoenix, AZ 858; Columbus, OH 419; Kansas City, MO 642; "
    "Omaha, NE 682; Salt Lake City, UT 848; Tulsa, OK 742; Montgomery, AL 353; Tampa, FL 343; Spokane, WA 987"
)

STREET_FIRST = "云星松柏锦翠碧晴澄岚枫梧桂蕙芷澜瑞祥嘉景明朗静雅兰竹荷霞"
STREET_SECOND = "溪岭泉桥台湾荫峰屏岩亭津渡塘庭帆霖川浦坪"
STREET_KINDS = ("路", "路", "路", "街", "大道", "巷")
ESTATE_KINDS = ("花园", "家园", "小区", "公寓", "苑")
BUILDING_WORDS = ("号楼", "幢", "栋")
WESTERN_STREETS = _words(
    "Alder Birch Cedar Elm Hazel Juniper Larch Maple Oak Poplar Rowan Willow Mill Church Station Park Bridge Orchard "
    "Meadow Kiln Harbour Chapel Granary Lantern Quarry Windmill"
)
WESTERN_KINDS = ("Street", "Road", "Avenue", "Lane", "Drive", "Close")


def _text(values: npt.NDArray[np.int64]) -> pl.Series:
    return pl.Series(values).cast(pl.String)


def chinese_addresses(n: int, *, seed: int) -> pl.Series:
    """Give `n` addresses down to the room: `河北省邯郸市丛台区云溪路27号3幢2单元1502室`.

    Some name an estate before the building, some have no unit, some write the room without 室.
    """
    rng = stream(seed, purpose="address/cn")
    heads = [(city.head + district) for city in CHINESE_CITIES for district in city.districts]
    weights = [city.weight / len(city.districts) for city in CHINESE_CITIES for _ in city.districts]
    blank = pl.repeat("", n, eager=True)

    def draw(pool: tuple[str, ...] | str) -> pl.Series:
        return pl.Series(list(pool)).gather(rng.integers(0, len(pool), n))

    estate = draw(STREET_FIRST) + draw(STREET_SECOND) + draw(ESTATE_KINDS)
    building = _text(rng.integers(1, 39, n)) + draw(BUILDING_WORDS)
    unit = _text(rng.integers(1, 7, n)) + "单元"
    room = _text(rng.integers(1, 34, n) * 100 + rng.integers(1, 9, n))
    return (
        pl.Series(heads).gather(weighted(n, weights=weights, rng=rng))
        + draw(STREET_FIRST)
        + draw(STREET_SECOND)
        + draw(STREET_KINDS)
        + _text(rng.integers(1, 400, n))
        + "号"
        + estate.zip_with(pl.Series(rng.random(n) < 0.3), blank)
        + building
        + unit.zip_with(pl.Series(rng.random(n) < 0.8), blank)
        + room
        + pl.repeat("室", n, eager=True).zip_with(pl.Series(rng.random(n) < 0.9), blank)
    )


def british_addresses(n: int, *, seed: int) -> pl.Series:
    """Give `n` addresses such as `Flat 4, 17 Alder Road, Leeds, LS7 4CV`."""
    rng = stream(seed, purpose="address/gb")
    letters = pl.Series(list("CIKMOV"))
    city = rng.integers(0, len(BRITISH_CITIES), n)
    flat = ("Flat " + _text(rng.integers(1, 40, n)) + ", ").zip_with(
        pl.Series(rng.random(n) < 0.4), pl.repeat("", n, eager=True)
    )
    return (
        flat
        + _western_street(n, rng=rng)
        + ", "
        + pl.Series([name for name, _ in BRITISH_CITIES]).gather(city)
        + ", "
        + pl.Series([area for _, area in BRITISH_CITIES]).gather(city)
        + _text(rng.integers(1, 20, n))
        + " "
        + _text(rng.integers(1, 10, n))
        + letters.gather(rng.integers(0, 6, n))
        + letters.gather(rng.integers(0, 6, n))
    )


def american_addresses(n: int, *, seed: int) -> pl.Series:
    """Give `n` addresses such as `1204 Maple Street, Apt 12, Springfield, IL 62147`."""
    rng = stream(seed, purpose="address/us")
    city = rng.integers(0, len(AMERICAN_CITIES), n)
    unit = (", Apt " + _text(rng.integers(1, 90, n))).zip_with(
        pl.Series(rng.random(n) < 0.45), pl.repeat("", n, eager=True)
    )
    return (
        _western_street(n, rng=rng)
        + unit
        + ", "
        + pl.Series([name for name, _ in AMERICAN_CITIES]).gather(city)
        + " "
        + pl.Series([prefix for _, prefix in AMERICAN_CITIES]).gather(city)
        + _text(rng.integers(0, 100, n)).str.zfill(2)
    )


def _western_street(n: int, *, rng: np.random.Generator) -> pl.Series:
    return (
        _text(rng.integers(1, 240, n))
        + " "
        + pl.Series(WESTERN_STREETS).gather(rng.integers(0, len(WESTERN_STREETS), n))
        + " "
        + pl.Series(WESTERN_KINDS).gather(rng.integers(0, len(WESTERN_KINDS), n))
    )


def hubs_of(addresses: pl.Series) -> pl.Series:
    """Give the hub that serves each address; `overseas` where no Chinese city of ours is written in it."""
    names = "|".join(city.name for city in CHINESE_CITIES)
    hub = {city.name: city.hub for city in CHINESE_CITIES}
    found = addresses.str.extract(f"({names})", 1)
    return found.replace_strict(hub, default=OVERSEAS, return_dtype=pl.String).alias("hub")
