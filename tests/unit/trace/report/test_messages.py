"""The catalogues say the same things in both languages, and only what is used."""

import re
from pathlib import Path
from string import Formatter

import pytest

import suyuan.trace.report
from suyuan.terms import KindName, Recipient, RecipientKind
from suyuan.trace.report.messages import Catalogue, Language
from suyuan.trace.sets.judge import Standing

FOLDER = Path(suyuan.trace.report.__file__).parent
EN, ZH = Catalogue.load(Language.EN), Catalogue.load(Language.ZH)


def figures(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_both_languages_have_the_same_keys() -> None:
    assert EN.texts.keys() == ZH.texts.keys()


@pytest.mark.parametrize("key", sorted(EN.texts))
def test_both_languages_say_the_same_figures(key: str) -> None:
    assert figures(EN.texts[key]) == figures(ZH.texts[key])


@pytest.mark.parametrize("key", sorted(EN.texts))
def test_a_text_has_only_tags_that_emphasise(key: str) -> None:
    for catalogue in (EN, ZH):
        assert set(re.findall(r"<[^>]*>", catalogue.texts[key])) <= {
            "<em>", "</em>", "<strong>", "</strong>", "<sup>", "</sup>",
        }  # fmt: skip


def test_every_text_is_used() -> None:
    source = "".join(path.read_text() for path in [*FOLDER.glob("*.py"), *FOLDER.glob("*.jinja")])
    by_rule = re.compile(r"^(column|kind|terms|against|proves|chart|word|file|sets|standing)\.|\.heading$")
    unused = [key for key in EN.texts if not by_rule.search(key) and f'"{key}"' not in source]
    assert not unused
    last_words = {
        key.rsplit(".", 1)[1]
        for key in EN.texts
        if by_rule.search(key) and not key.startswith(("kind.", "word.", "standing."))
    }
    assert not {word for word in last_words if word.removesuffix("_text") not in source}


def test_every_kind_and_recipient_has_a_word() -> None:
    for catalogue in (EN, ZH):
        assert {f"kind.{kind}" for kind in KindName} <= catalogue.texts.keys()
        assert {f"word.{kind}" for kind in RecipientKind} <= catalogue.texts.keys()
        assert {f"standing.{standing}" for standing in Standing} <= catalogue.texts.keys()


def test_what_is_put_into_a_text_is_escaped() -> None:
    said = EN.markup("answer.named", names="<b>&")
    assert said == "Named at grade A: &lt;b&gt;&amp;."


def test_an_id_cannot_turn_the_line() -> None:
    hostile = Recipient(kind=RecipientKind.ACCOUNT, id="a0\u202e71\x1b[31m")
    assert EN.recipient(hostile) == "account a0\\u202e71\\u001b[31m"


def test_an_id_from_right_to_left_turns_nothing_around_it() -> None:
    hebrew = Recipient(kind=RecipientKind.ACCOUNT, id="אבג-17")
    assert EN.recipient(hebrew) == "account \u2068אבג-17\u2069"
    assert EN.recipient(Recipient(kind=RecipientKind.ACCOUNT, id="张三-17")) == "account 张三-17"


@pytest.mark.parametrize(
    ("names", "at_most", "said"),
    [
        (["a"], None, "a"),
        (["a", "b"], None, "a and b"),
        (["a", "b", "c"], None, "a, b and c"),
        (["a", "b", "c"], 3, "a, b and c"),
        (["a", "b", "c"], 1, "a, and 2 more"),
    ],
)
def test_a_list_of_names_reads_as_a_sentence(names: list[str], at_most: int | None, said: str) -> None:
    assert EN.listed(names, at_most=at_most) == said
