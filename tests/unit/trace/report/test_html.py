"""The HTML report says what it must, shows no more than it may, and loads nothing."""

import re
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser

import pytest
from tests.unit.trace.report.cases import (
    BESIDE,
    CASES,
    FINGERPRINT,
    WRITTEN,
    a017,
    account,
    attribution,
    channel,
    dump,
    finding,
    named,
    two_named,
)

from suyuan.terms import FieldName, KindName
from suyuan.trace.naming.attribution import Grade
from suyuan.trace.report import render_html

VOID = {"meta", "br", "hr", "img", "link", "input"}
LOADING = {"src", "href", "xlink:href", "srcset", "action", "data", "poster", "background"}


class Page(HTMLParser):
    """Reads a page strictly: every tag is closed by its own, and what could load or run is noted."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.loading: list[str] = []
        self.words: list[str] = []
        self.headings: list[str] = []
        self.feed(text)
        self.close()
        assert not self.open, f"left open: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.loading += [f"{tag} {name}" for name, _ in attrs if name in LOADING or name.startswith("on")]
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"an attribute twice in {tag}"
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"closed before it was opened: {tag}"
        assert self.open.pop() == tag, f"closed out of order: {tag}"

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", "".join(self.words))


@cache
def report(case: str, lang: str = "en") -> str:
    return render_html(CASES[case](), lang=lang, bundle_name="case-7.suyuan", written_at=WRITTEN)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("case", CASES)
def test_a_report_is_well_formed_and_loads_nothing(case: str, lang: str) -> None:
    page = Page(report(case, lang))
    assert not page.loading
    assert not page.tags & {"script", "link", "img", "iframe", "object", "embed", "base", "form", "image", "use"}
    assert "url(" not in report(case, lang)
    assert "@import" not in report(case, lang)
    links = set(re.findall(r"https?://[^\"'\s<]*", report(case, lang)))
    assert links <= {"http://www.w3.org/2000/svg"}, "a namespace is a name; nothing else looks like an address"


SAID = {
    "named": [
        "Named at grade A: account a017.",
        "The evidence is 1,977.20 bits; the naming line is 26.78 bits.",
        "A mark names the copy, not the hand that carried it.",
        "Proposition 1The file contains information from the copies released to account a017.",
        "account a017: 303 of 9,648 readable marks (3.1 %) show something other than its copies.",
        "account a017: 258 linked persons were never released to it. It is excluded as the only source (grade X)",
        "account a017: marks of 14 copies had been read by an earlier trace.",
        "1 recipient had been shown every linked person and did not reach the naming line.",
        "account svc-search",
        "It knows every marked copy and could have produced such a file. Commitments prove timing, not honesty",
        "Any probability of guilt or of innocence.",
        "prosecutor's fallacy",
        "4,000 rows read = 3,551 linked to 2,913 persons + 412 strangers + 37 unreadable.",
        "at most 1 in 1,000,000",
        "suyuan verify case-7.suyuan --dump dump-2026-11.csv --policy POLICY",
        "entry 18,442",
        "ledger.example/courier",
    ],
    "two-named": ["Named at grade A: account a017 and account b003.", "1 of 1 planted identifier"],
    "unknown": [
        "The source is unknown.",
        "Unknown is a result.",
        "The strongest of 70 recipients examined came to 9.13 bits; 26.78 bits are needed.",
        "That the platform is not the source, or that any recipient is not.",
    ],
    "partner-by-decoy": [
        "Named at grade A: partner acme-logistics.",
        "36 of 40 planted identifiers (decoys and aliases that exist in its copies alone) stand in the file.",
        "Of the linked persons, 2,913 are among those it kept and 0 among those left out.",
        "partner acme-logistics: 4 planted identifiers of its copies do not stand in the file.",
        "There is none: every recipient examined is named, or is excluded as the only source.",
    ],
    "other-values": [
        "Of some linked persons the file shows what a recipient cannot have shown.",
        "partner beta: 23 persons with a value that had been replaced before they were first released to it and 1 person with a value that was written after",
        "partner gamma: 2,913 persons with a field that no release to it showed.",
        "Grade X, 2 recipients: excluded as the only source.",
        "There is none: every recipient examined is named, or is excluded as the only source.",
        "60 of the strangers are nobody: these rows hold a number or a mailbox that the platform itself controls (decoys and aliases).",
        "6 rows of the file are about somebody whom the platform does not know.",
    ],
    "nothing-linked": ["The source is unknown.", "No row could be linked to a person"],
    "lookups-named": [
        "Not named by marks. Named at grade B, by access sets and under assumptions: account a044.",
        "Apart from the marks, and only under the assumptions of section 13, access sets support",
        "Under proposition 2 so large an overlap would come about with chance at most 1 in 10141, and at most 1 in 1019",
        "had been 31.4 times as likely to leak",
        "That account a044 is the source. Grade B rests on assumptions that the data cannot prove; section 13 lists them.",
        "Who used the account, or whether its copy was taken by another.",
        "account a044, named by access sets: 3 linked persons had not been looked up by it when the file was opened.",
        "57 look-ups that count here stand only in a log of before suyuan, which nobody can prove whole.",
        "2 recipients had looked up so many of such persons that access sets can neither name nor exclude them",
    ],
    "lookups-group": [
        "The source is unknown.",
        "By access sets, 4 recipients cannot be told apart: account q0, account q1, account q2 and account q3.",
        "No queue is logged on this platform",
        "Grade C, account a102: a lead. It names nobody.",
    ],
}


@pytest.mark.parametrize(("case", "sentence"), [(case, said) for case, all_said in SAID.items() for said in all_said])
def test_a_report_says_what_it_must(case: str, sentence: str) -> None:
    assert sentence in Page(report(case)).text


def test_an_unknown_source_names_nobody_at_the_top() -> None:
    top = Page(report("unknown")).text.split("The question")[0]
    assert "account" not in top.replace("accounts", "")


def test_what_stands_beside_marks_has_sections_of_its_own() -> None:
    page = render_html(named(), bundle_name="c.suyuan", written_at=WRITTEN, beside=BESIDE["named"])
    text = Page(page).text
    for said in (
        "They lead to account a017. The line is 26.60 bits.",
        "2 further reports do not count",
        "The report in entry 17,002 was of an identifier that stood in the copies of account a017 alone.",
        "account a017: copies with the values of the file were released from 2026-07-24 to 2026-11-15.",
        "See that the verifier prints this fingerprint",
    ):
        assert said in text
    assert text.count(FINGERPRINT) == 2
    assert "Unknown is a result" not in Page(report("lookups-named")).text


def test_chinese_reports_say_the_same() -> None:
    text = Page(report("named", "zh")).text
    for said in (
        "以 A 级证据定名：账号 a017。",
        "而不是经手的人",
        "检察官谬误",
        "承诺值证明的是时间，不是诚实",
        "1,000,000 分之一",
    ):
        assert said in text
    assert "来源未知。" in Page(report("unknown", "zh")).text
    assert '<html lang="zh-CN">' in report("named", "zh")


@pytest.mark.parametrize("case", CASES)
def test_the_platforms_word_is_called_so_where_it_proves_and_where_it_is_checked(case: str) -> None:
    sections = {
        "en": ("What this proves", "What speaks against", "How to check this report"),
        "zh": ("证明什么，不证明什么", "不利于结论的情况", "如何核验本报告"),
    }
    word = {
        "en": ("platform's word", "own clock", "have the linking repeated"),
        "zh": ("平台自己的陈述", "自己的时钟", "重新进行关联"),
    }
    for lang, (proves, after, check) in sections.items():
        text = Page(report(case, lang)).text
        assert "has to be believed" not in text
        for part in (text.split(proves)[1].split(after)[0], text.split(check)[1]):
            assert all(said in part for said in word[lang])


@pytest.mark.parametrize("bits", [1.0, 99.0])
def test_spent_marks_stand_in_the_answer_whether_one_is_named_or_not(bits: float) -> None:
    traced = attribution((finding(account("a1"), bits=bits, used=3), finding(account("a2"), bits=0.5, used=5)))
    for lang, said, after in (
        ("en", "Marks of 5 copies count nothing here: an earlier trace of this ledger has read them.", "The question"),
        ("zh", "有 5 份副本的标记在此不计", "待答的问题"),
    ):
        text = Page(render_html(traced, lang=lang, bundle_name=None, written_at=WRITTEN)).text
        assert said in text.split(after)[0]


def test_nothing_is_said_of_spent_marks_where_there_are_none() -> None:
    assert "an earlier trace" not in Page(report("unknown")).text


def test_the_table_shows_no_letter_but_a() -> None:
    lead = finding(account("lead"), bits=1.0, persons=2_000, grade=Grade.C)
    traced = attribution((a017(), lead))
    html = render_html(traced, bundle_name=None, written_at=WRITTEN)
    assert '<th scope="row">account a017</th><td class="n">A</td>' in html
    assert '<th scope="row">account lead</th><td class="n">\N{EN DASH}</td>' in html


def test_pictures_hold_text_and_are_read_out() -> None:
    html = report("named", "zh")
    pictures = re.findall(r"<svg.*?</svg>", html, flags=re.DOTALL)
    assert len(pictures) == 5
    for picture in pictures:
        assert 'role="img"><title>' in picture
    assert "账号 a017</text>" in pictures[0]
    assert "定名线 26.78</text>" in pictures[0]


def test_a_line_of_its_own_for_each_suspect_is_drawn() -> None:
    light = finding(account("light"), bits=4.0, suspects=10)
    html = render_html(attribution((a017(), light)), bundle_name=None, written_at=WRITTEN)
    assert "naming lines 23.98 to 26.78" in html
    assert "1 in 70 to 1 in 10" in Page(html).text


def test_hostile_names_are_escaped() -> None:
    evil = "<script>alert(1)</script>\"'&{{ 7*7 }}{% x %}"
    mean = finding(account(evil), bits=99.0, channels=(channel("<b>phone", 99.0, 50, 1, 2),))
    facts = replace(
        dump(f"/home/zhang/{evil.replace('/', '')}.csv"), columns=(("<i>列", FieldName("<u>"), KindName.TEXT),)
    )
    traced = replace(attribution((mean,), facts=facts), origin="<img src=x onerror=alert(1)>")
    html = render_html(traced, bundle_name="--dump=<b>.suyuan", written_at=WRITTEN)
    page = Page(html)
    assert not page.loading
    assert not page.tags & {"script", "img", "b>phone", "u", "i"}
    assert "account " + evil in page.text
    assert "suyuan verify './--dump=<b>.suyuan' --dump" in page.text
    assert "zhang" not in html
    assert "列" not in html, "a column's name stands in the dump and is not repeated"


def test_without_a_bundle_the_reader_is_told() -> None:
    text = Page(render_html(named(), bundle_name=None, written_at=WRITTEN)).text
    assert "No evidence bundle was written with this report." in text
    assert "suyuan verify" not in text


def test_every_named_recipient_is_listed_however_many() -> None:
    crowd = tuple(finding(account(f"n{n:02}"), bits=60.0 + n) for n in range(15))
    text = Page(
        render_html(attribution((*crowd, finding(account("quiet"), bits=1.0))), bundle_name=None, written_at=WRITTEN)
    ).text
    assert all(f"account n{n:02}" in text for n in range(15))
    assert "1 further recipient came to 1.00 bits at most." in text


def test_the_answer_does_not_depend_on_the_order_of_findings() -> None:
    traced = two_named()
    turned = replace(traced, findings=traced.findings[::-1])
    texts = [Page(render_html(a, bundle_name=None, written_at=WRITTEN)).text for a in (traced, turned)]
    assert texts[0].split("The recipients examined")[0] == texts[1].split("The recipients examined")[0]


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(ValueError, match="fr"):
        render_html(named(), lang="fr", bundle_name=None, written_at=WRITTEN)


def test_the_reader_is_told_how_much_would_agree_by_chance() -> None:
    report = named()
    first = report.findings[0]
    counted = replace(first, channels=tuple(replace(c, expected=c.agree / 2) for c in first.channels))
    page = render_html(
        replace(report, findings=(counted, *report.findings[1:])), lang="en", bundle_name=None, written_at=WRITTEN
    )
    assert "By chance alone, about" in page
