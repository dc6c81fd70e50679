"""Exports of chats: each message tells of one person, or of nobody."""

from pathlib import Path

import polars as pl
import pytest
from tests.leaked_judge import judge
from tests.leaked_people import FIELDS, Human, Leak, humans

from suyuan.trace.formats.talk import talker_of
from suyuan.trace.ingest import ingest

WHO = humans(20)
TOLD = ("name", "phone", "address")


def chat(name: str, *messages: str, before: str = "", junk: int = 0) -> Leak:
    truth = [p.truth(*TOLD) for p in WHO]
    return Leak(name=name, content=(before + "".join(messages)).encode(), truth=truth, junk=junk)


def labelled(n: int) -> str:
    p, word = WHO[n], ("电话", "联系电话", "手机")[n % 3]
    return f"2024-03-0{n % 9 + 1} 9:{n:02}:57 【业主】Leo({3_000_000 + n})\n姓名：{p.name}\n{word}：{p.phone}\n地址：{p.address}\n\n"


CHATS = [
    chat("QQ, labelled", *map(labelled, range(20)), before=f"消息记录\n\n{'=' * 40}\n消息对象:业主群\n{'=' * 40}\n\n"),
    chat(
        "WeChat, and a talk about a number",
        *(f"小王(wxid_{n}) 2024-03-01 09:{n:02}:57\n{p.name} {p.phone} {p.address}\n\n" for n, p in enumerate(WHO)),
        "小王(wxid_9) 2024-03-02 10:00:00\n16000000009 打不通\n\n我(wxid_me) 2024-03-02 10:00:01\n好的\n",
        junk=2,
    ),
    chat("over two lines", *(f"[2024/3/1, 下午9:{n:02}:57] 小李:\n{p.name} {p.phone}\n{p.address}\n" for n, p in enumerate(WHO))),
]  # fmt: skip


@pytest.mark.parametrize("case", CHATS, ids=lambda case: case.name)
def test_a_chat_is_read_right(tmp_path: Path, case: Leak) -> None:
    path = tmp_path / "dump"
    path.write_bytes(case.content)
    verdict, why = judge(case, path)
    assert verdict == "right", why


def test_a_name_beside_a_time_is_no_talker_that_may_be_dropped(tmp_path: Path) -> None:
    path = tmp_path / "dump"
    path.write_text("".join(f"{p.name} 2024-03-01 09:00:0{n % 9}\n{p.phone}\n" for n, p in enumerate(humans(30))))
    dump = ingest(path, fields=FIELDS)
    assert "name" in dump.table().columns or any("name" in note for note in dump.notes) or dump.unreadable


@pytest.mark.parametrize(
    ("line", "who"),
    [
        ("2024-03-01 9:17:57 【业主】Leo(3158410749)", "【业主】Leo"),
        ("客服03(wxid_68832591) 2021-08-10 09:13:54", "客服03"),
        ("2024-03-01 09:17:57 16300000001", None),
        ("2024-03-01 09:17:57 name=Leo", None),
        ("2024-03-01 09:17:57", None),
        ("Leo wrote at 9:17", None),
    ],
)
def test_who_writes_is_told_by_a_name_and_a_time_alone(line: str, who: str | None) -> None:
    assert talker_of(line) == who


def block(p: Human, name: str, phone: str) -> str:
    return f"{name}：{p.name}\n{phone}:{p.phone}\n地址：{p.address}\n备注：\n\n"


@pytest.mark.parametrize("blank", ["\n", ""])
def test_blocks_before_the_first_talker_are_people_each(tmp_path: Path, blank: str) -> None:
    """Who wrote them is cut off; their labels are spelled in other ways than one another's, and their names are read."""
    heading = f"业主群聊天记录\n{blank}导出时间：2024-03-01\n\n"
    words = [("收货人", "电话"), ("收件人", "手机"), ("姓名", "手机号码")]
    blocks = [block(p, *words[n % 3]) for n, p in enumerate(WHO)]
    said = [f"快递小李 2023/5/{n + 1} 14:27\n收到\n\n{one}" for n, one in enumerate(blocks[2:])]
    path = tmp_path / "dump"
    path.write_text(heading + blocks[0] + blocks[1] + "".join(said), encoding="utf-8")
    table = ingest(path, fields=FIELDS).table().filter(pl.col("phone") != "")
    assert table.select("name", "phone", "address").rows() == [(p.name, p.phone, p.address) for p in WHO]


def test_a_heading_before_the_first_talker_is_nobody(tmp_path: Path) -> None:
    text = "姓名：业主群\n地址：浙江省杭州市西湖区文三路85号28栋782室\n\n" + "".join(map(labelled, range(20)))
    (tmp_path / "dump").write_text(text, encoding="utf-8")
    table = ingest(tmp_path / "dump", fields=FIELDS).table()
    assert table["name"].to_list() == [p.name for p in WHO]
