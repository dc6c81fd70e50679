"""The names of invented persons: Chinese by the real frequency of surnames, Western by common names.

Source: order and approximate shares of the hundred most frequent surnames after the reports on names of
the Ministry of Public Security (2007, 2020); shares below one per cent are smoothed.
"""

import numpy as np
import numpy.typing as npt
import polars as pl

from suyuan.simulation.seeds import weighted


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _surname(entry: str) -> tuple[str, str, int]:
    """Parse `王wang725`: surname, its pinyin, persons per 10,000 who carry it."""
    pinyin = entry[1:].rstrip("0123456789")
    return entry[0], pinyin, int(entry[1 + len(pinyin) :])


_FREQUENT = _words(
    "王wang725 李li719 张zhang683 刘liu538 陈chen453 杨yang308 黄huang223 赵zhao219 吴wu205 周zhou202 "
    "徐xu167 孙sun154 马ma129 朱zhu126 胡hu125 郭guo120 何he117 林lin113 高gao100 罗luo95 "
    "郑zheng93 梁liang85 谢xie72 宋song70 唐tang69 许xu66 邓deng65 韩han64 冯feng63 曹cao60 "
    "彭peng59 曾zeng58 肖xiao58 田tian52 董dong51 潘pan50 袁yuan49 蔡cai48 蒋jiang47 余yu47 "
    "于yu47 杜du46 叶ye46 程cheng45 魏wei45 苏su45 吕lv44 丁ding44 任ren43 卢lu41 "
    "姚yao41 沈shen41 钟zhong40 姜jiang40 崔cui38 谭tan38 陆lu37 范fan36 汪wang36 廖liao34 "
    "石shi34 金jin34 韦wei34 贾jia33 夏xia33 付fu33 方fang32 邹zou32 熊xiong31 白bai31 "
    "孟meng30 秦qin30 邱qiu29 侯hou28 江jiang28 尹yin28 薛xue27 闫yan27 段duan26 雷lei26 "
    "龙long25 黎li25 史shi24 陶tao24 贺he24 毛mao24 郝hao23 顾gu23 龚gong23 邵shao23 "
    "万wan22 覃qin22 武wu22 钱qian22 戴dai21 严yan21 莫mo21 孔kong21 向xiang20 常chang20"
)
SURNAMES: tuple[tuple[str, str, int], ...] = (
    *map(_surname, _FREQUENT),
    ("欧阳", "ouyang", 8),
    ("上官", "shangguan", 1),
    ("司马", "sima", 1),
    ("诸葛", "zhuge", 1),
)
"""Surname, its pinyin, and persons per 10,000 who carry it; four of two characters at the end."""

GIVEN_MALE = (
    "伟强磊军勇杰涛明超刚平辉鹏华飞鑫波斌宇浩凯健俊帆帅旭宁龙林欢阳"
    "建峰毅晨翔志文博成康星光天达安岩中茂进良海山仁义武全国胜学祥才发"
)
GIVEN_FEMALE = (
    "芳娜敏静秀娟英华慧巧美霞丽红梅燕玲桂玉萍莉雪琳婷雅洁倩颖佳悦"
    "欣怡蕾薇菲寒岚苑婕馨瑗琰韵融园艺咏卿聪澜纯毓昭冰爽琬茗羽希宁"
)

WESTERN_MALE = _words(
    "James John Robert Michael William David Richard Joseph Thomas Charles Daniel Matthew Anthony Mark Paul Steven "
    "Andrew Kenneth George Joshua Kevin Brian Edward Ronald Timothy Jason Jeffrey Ryan Jacob Gary Nicholas Eric "
    "Jonathan Stephen Larry Justin Scott Brandon Benjamin Samuel Oliver Harry Jack Alfie Callum Rhys Ewan Liam"
)
WESTERN_FEMALE = _words(
    "Mary Patricia Jennifer Linda Elizabeth Barbara Susan Jessica Sarah Karen Lisa Nancy Betty Sandra Margaret Ashley "
    "Kimberly Emily Donna Michelle Carol Amanda Melissa Deborah Stephanie Rebecca Laura Helen Sharon Cynthia Amy "
    "Kathleen Angela Anna Ruth Brenda Pamela Nicole Olivia Amelia Isla Freya Imogen Niamh Sian Bronwen Eilidh Zoe"
)
WESTERN_SURNAMES = _words(
    "Smith Johnson Williams Brown Jones Garcia Miller Davis Wilson Anderson Taylor Thomas Moore Jackson Martin Lee "
    "Thompson White Harris Clark Lewis Robinson Walker Young Allen King Wright Scott Hill Green Adams Baker Nelson "
    "Campbell Mitchell Roberts Carter Phillips Evans Turner Parker Collins Edwards Stewart Morris Murphy Cook Rogers "
    "Morgan Cooper Peterson Bailey Reed Kelly Howard Cox Ward Richardson Watson Brooks Wood James Bennett Gray Hughes "
    "Price Long Foster Sanders Ross Powell Sullivan Russell Jenkins Perry Butler Barnes Fisher O'Brien O'Connor "
    "McDonald McKenzie Fletcher Hargreaves Whitfield Pemberton Ashworth Blackwood Davies Griffiths"
)


def _pick(pool: pl.Series, *, n: int, skew: float, rng: np.random.Generator) -> pl.Series:
    """Give `n` entries of a pool; the entry of rank r has weight 1 / (r + 5) ** skew."""
    weights = 1.0 / (np.arange(len(pool)) + 5.0) ** skew
    return pool.gather(weighted(n, weights=weights, rng=rng))


def _by_sex(male: npt.NDArray[np.bool_], *, if_male: pl.Series, if_female: pl.Series) -> pl.Series:
    return if_male.zip_with(pl.Series(male), if_female)


def chinese_names(male: npt.NDArray[np.bool_], *, rng: np.random.Generator) -> pl.DataFrame:
    """Give one Chinese person per entry of `male`: columns `name` and `handle` (the surname's pinyin)."""
    n = len(male)
    surname = weighted(n, weights=[share for _, _, share in SURNAMES], rng=rng)
    men, women = pl.Series(list(GIVEN_MALE)), pl.Series(list(GIVEN_FEMALE))
    first, second = (
        _by_sex(
            male,
            if_male=_pick(men, n=n, skew=0.6, rng=rng),
            if_female=_pick(women, n=n, skew=0.6, rng=rng),
        )
        for _ in range(2)
    )
    short = rng.random(n) < 0.18
    return pl.DataFrame(
        {
            "surname": pl.Series([text for text, _, _ in SURNAMES]).gather(surname),
            "first": first,
            "second": second.zip_with(pl.Series(~short), pl.repeat("", n, eager=True)),
            "handle": pl.Series([pinyin for _, pinyin, _ in SURNAMES]).gather(surname),
        }
    ).select(name=pl.concat_str("surname", "first", "second"), handle="handle")


def western_names(male: npt.NDArray[np.bool_], *, rng: np.random.Generator) -> pl.DataFrame:
    """Give one Western person per entry of `male`: columns `name` and `handle` (first and last name, ASCII)."""
    n = len(male)
    given = _by_sex(
        male,
        if_male=_pick(pl.Series(WESTERN_MALE), n=n, skew=0.7, rng=rng),
        if_female=_pick(pl.Series(WESTERN_FEMALE), n=n, skew=0.7, rng=rng),
    )
    middle = pl.Series(list("ABCDEFGHJKLMPRSTW")).gather(rng.integers(0, 17, n))
    with_middle = pl.Series(rng.random(n) < 0.15)
    frame = pl.DataFrame(
        {
            "given": given,
            "middle": (" " + middle + ".").zip_with(with_middle, pl.repeat("", n, eager=True)),
            "surname": _pick(pl.Series(WESTERN_SURNAMES), n=n, skew=0.7, rng=rng),
        }
    )
    return frame.select(
        name=pl.concat_str("given", "middle", pl.lit(" "), "surname"),
        handle=pl.concat_str("given", pl.lit("."), pl.col("surname").str.replace_all("'", "")).str.to_lowercase(),
    )
