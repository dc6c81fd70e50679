"""Records of labelled lines that follow one another without a gap, whose labels say the same in other words."""

import random
from pathlib import Path

import pytest
from tests.leaked_people import FIELDS, Human, humans

from suyuan.trace.columns.headers import known_words
from suyuan.trace.formats.label_block import taking_turns
from suyuan.trace.formats.labels import labels_of
from suyuan.trace.ingest import ingest

H = humans(60, seed=5)
OTHERS = humans(60, seed=6)


def record(p: Human, *, name: str, phone: str) -> str:
    return f"{name}：{p.name}\n{phone}：{p.phone}\n地址：{p.address}\n"


def read(folder: Path, text: str) -> list[tuple[str, ...]]:
    (folder / "dump.txt").write_text(text, encoding="utf-8")
    return ingest(folder / "dump.txt", fields=FIELDS).table().select("name", "phone", "address").rows()


@pytest.mark.parametrize("words", [("收货人", "收件人", "姓名"), ("客户姓名", "联系人")])
def test_another_word_for_the_first_label_begins_another_person(tmp_path: Path, words: tuple[str, ...]) -> None:
    chance = random.Random(3)
    text = "".join(record(p, name=chance.choice(words), phone=chance.choice(("电话", "手机"))) for p in H)
    assert read(tmp_path, text) == [(p.name, p.phone, p.address) for p in H]


@pytest.mark.parametrize("every", [1, 3])
@pytest.mark.parametrize("gap", ["", "\n"])
def test_a_contact_within_a_record_begins_no_person(tmp_path: Path, every: int, gap: str) -> None:
    """He stands in each record or in some."""
    contacts = [f"联系人：{o.name}\n联系电话：{o.phone}\n" if n % every == 0 else "" for n, o in enumerate(OTHERS)]
    text = "".join(record(p, name="姓名", phone="手机") + contacts[n] + gap for n, p in enumerate(H))
    assert read(tmp_path, text) == [(p.name, p.phone, p.address) for p in H]


def test_two_contacts_within_a_record_begin_none_where_gaps_part_the_records() -> None:
    contacts = "联系人：张三\n联系人：李四\n"
    text = "".join(record(p, name="姓名", phone="手机") + contacts * (n % 2) + "\n" for n, p in enumerate(H[:12]))
    found = labels_of(text.split("\n"), known=known_words(FIELDS))
    assert found is not None
    assert found[0].parted
    assert not found[0].openers


def test_words_take_turns_where_each_follows_itself() -> None:
    assert taking_turns(list("aabbaabb")) == {"a", "b"}
    assert not taking_turns(list("abababab"))
    assert not taking_turns(list("aabaaab"))
    assert not taking_turns(list("aaaa"))
