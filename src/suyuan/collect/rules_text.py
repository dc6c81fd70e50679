"""The published rules as a page: Markdown, HTML or plain data, in English or Chinese."""

import html
from collections.abc import Mapping, Sequence
from typing import Final

from suyuan.collect.rules import PurposeRule, Rules
from suyuan.terms import Ground

Words = Mapping[str, str]

_ENGLISH: Final[Words] = {
    "title": "Rules on personal information",
    "who": "Who processes it",
    "name": "Name",
    "contact": "Contact",
    "officer": "Officer",
    "purposes": "Why, how and how long",
    "purpose": "Purpose",
    "ground": "Ground",
    "method": "Method",
    "retention": "Kept",
    "days": "{days} days after it was last collected",
    "unsaid": "not said",
    "basic": "basic function",
    "extra": "extra: refusing it costs you nothing of the basic function",
    "automated": "decisions are made by machine",
    "publishes": "made public",
    "collected": "List of personal information collected",
    "shared": "List of personal information shared with third parties",
    "item": "Item",
    "category": "Category",
    "sensitive": "Sensitive",
    "asking": "Consent",
    "ask-none": "none",
    "ask-consent": "your consent to this purpose",
    "ask-separate": "your consent, and a separate one",
    "yes": "yes",
    "no": "no",
    "owner": "Answerable",
    "partner": "Recipient",
    "items": "Items",
    "region": "Region",
    "until": "Until",
    "nobody": "Nothing is shared with anybody.",
    "nothing": "Nothing is collected.",
    "rights": "Your rights",
    "necessity": "Why sensitive information is necessary",
    "impact": "What it means for you",
    "summary": "In short",
    "more": "Further",
    "missing": "What the notice lacks",
    Ground.CONSENT: "your consent",
    Ground.CONTRACT: "a contract with you",
    Ground.HUMAN_RESOURCES: "employment",
    Ground.LEGAL_DUTY: "a legal duty",
    Ground.EMERGENCY: "an emergency",
    Ground.NEWS: "news reporting",
    Ground.PUBLIC: "information already public",
    Ground.OTHER_LAW: "another law",
}

_CHINESE: Final[Words] = {
    "title": "个人信息处理规则",
    "who": "个人信息处理者",
    "name": "名称",
    "contact": "联系方式",
    "officer": "个人信息保护负责人",
    "purposes": "处理目的、方式与保存期限",
    "purpose": "处理目的",
    "ground": "合法性基础",
    "method": "处理方式",
    "retention": "保存期限",
    "days": "自最后一次收集起 {days} 天",
    "unsaid": "未载明",
    "basic": "基本功能",
    "extra": "扩展功能：拒绝不影响使用基本功能",
    "automated": "自动化决策",
    "publishes": "公开",
    "collected": "个人信息收集清单",
    "shared": "第三方共享清单",
    "item": "个人信息",
    "category": "类别",
    "sensitive": "敏感",
    "asking": "同意",
    "ask-none": "无需",
    "ask-consent": "需就该目的取得同意",
    "ask-separate": "需取得同意及单独同意",
    "yes": "是",
    "no": "否",
    "owner": "责任部门",
    "partner": "接收方",
    "items": "个人信息种类",
    "region": "地区",
    "until": "截止",
    "nobody": "未向任何第三方共享。",
    "nothing": "未收集个人信息。",
    "rights": "您的权利",
    "necessity": "处理敏感个人信息的必要性",
    "impact": "对您权益的影响",
    "summary": "概要",
    "more": "其他",
    "missing": "告知尚缺",
    Ground.CONSENT: "取得个人的同意",
    Ground.CONTRACT: "订立、履行合同所必需",
    Ground.HUMAN_RESOURCES: "实施人力资源管理所必需",
    Ground.LEGAL_DUTY: "履行法定职责或者法定义务所必需",
    Ground.EMERGENCY: "应对突发公共卫生事件或者紧急情况所必需",
    Ground.NEWS: "新闻报道、舆论监督",
    Ground.PUBLIC: "已经合法公开的个人信息",
    Ground.OTHER_LAW: "法律、行政法规规定的其他情形",
}
_TOLD: Final = ("summary", "necessity", "impact", "rights", "more")
_COLLECTED: Final = ("purpose", "item", "category", "sensitive", "asking", "owner")
_SHARED: Final = ("partner", "purpose", "items", "region", "until")


def as_markdown(rules: Rules) -> str:
    """Give the rules as Markdown; what the policy says stands in it as text and never as mark-up."""
    words = _words(rules)
    lines = [f"# {words['title']}", "", f"## {words['who']}", ""]
    lines += [f"- {label}: {_plain(value)}" for label, value in _who(rules, words=words)]
    lines += ["", f"## {words['purposes']}"]
    for rule in rules.purposes:
        lines += ["", f"### {_plain(rule.title)}", "", *(f"- {a}: {_plain(b)}" for a, b in _facts(rule, words=words))]
    for name, rows, header, empty in _tables(rules, words=words):
        lines += ["", f"## {name}", ""]
        if not rows:
            lines.append(empty)
            continue
        lines += ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
        lines += ["| " + " | ".join(_plain(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def as_html(rules: Rules) -> str:
    """Give the rules as one page of HTML, without script or style from elsewhere."""
    words, e = _words(rules), html.escape
    body = [f"<h1>{e(words['title'])}</h1>", f"<h2>{e(words['who'])}</h2>", _list(_who(rules, words=words))]
    body.append(f"<h2>{e(words['purposes'])}</h2>")
    for rule in rules.purposes:
        body += [f"<h3>{e(rule.title)}</h3>", _list(_facts(rule, words=words))]
    for name, rows, header, empty in _tables(rules, words=words):
        body.append(f"<h2>{e(name)}</h2>")
        body.append(_table(rows, header=header) if rows else f"<p>{e(empty)}</p>")
    lang = "zh-CN" if rules.lang == "zh" else "en"
    head = f'<meta charset="utf-8"><title>{e(words["title"])}</title>'
    return (
        f'<!doctype html>\n<html lang="{lang}"><head>{head}</head>\n<body>\n' + "\n".join(body) + "\n</body></html>\n"
    )


def as_data(rules: Rules) -> dict[str, object]:
    """Give the rules as plain data."""
    platform = rules.platform
    return {
        "lang": rules.lang,
        "processor": {"name": platform.name, "contact": platform.contact, "officer": platform.officer},
        "app_types": list(platform.app_types),
        "purposes": [
            {
                "name": rule.name, "title": rule.title, "ground": rule.ground.value, "citation": rule.citation,
                "method": rule.method, "retention_days": rule.retention_days, "basic": rule.basic,
                "automated": rule.automated, "publishes": rule.publishes, "texts": dict(rule.texts),
                "missing": list(rule.missing),
            }
            for rule in rules.purposes
        ],
        "collected": [
            {
                "purpose": line.purpose, "field": line.field, "title": line.title, "category": line.category,
                "sensitive": line.sensitive, "consent": line.asking.value, "owner": line.owner,
            }
            for line in rules.collected
        ],
        "shared": [
            {
                "contract": line.contract, "partner": line.partner, "purpose": line.purpose, "fields": list(line.fields),
                "region": line.region, "until": None if line.until is None else line.until.isoformat(),
            }
            for line in rules.shared
        ],
    }  # fmt: skip


def _words(rules: Rules) -> Words:
    return _CHINESE if rules.lang == "zh" else _ENGLISH


def _who(rules: Rules, *, words: Words) -> list[tuple[str, str]]:
    platform = rules.platform
    return [
        (words["name"], platform.name or words["unsaid"]),
        (words["contact"], platform.contact or words["unsaid"]),
        (words["officer"], platform.officer or words["unsaid"]),
    ]


def _facts(rule: PurposeRule, *, words: Words) -> list[tuple[str, str]]:
    days = rule.retention_days
    ground = words[rule.ground] + (f" ({rule.citation})" if rule.citation else "")
    told = [words["basic"]] if rule.basic else [words["extra"]] if rule.ground is Ground.CONSENT else []
    told += [words[name] for name in ("automated", "publishes") if getattr(rule, name)]
    facts = [
        (words["purpose"], "; ".join([str(rule.name), *told])),
        (words["ground"], ground),
        (words["method"], rule.method or words["unsaid"]),
        (words["retention"], words["unsaid"] if days is None else words["days"].format(days=days)),
    ]
    facts += [(words[item], rule.texts[item]) for item in _TOLD if item in rule.texts]
    if rule.missing:
        facts.append((words["missing"], "; ".join(rule.missing)))
    return facts


def _tables(rules: Rules, *, words: Words) -> list[tuple[str, list[tuple[str, ...]], list[str], str]]:
    collected: list[tuple[str, ...]] = [
        (
            line.purpose_title, line.title, line.category, words["yes" if line.sensitive else "no"],
            words[f"ask-{line.asking.value}"], line.owner,
        )
        for line in rules.collected
    ]  # fmt: skip
    shared: list[tuple[str, ...]] = [
        (
            line.partner, line.purpose_title, "; ".join(line.titles), line.region,
            words["unsaid"] if line.until is None else line.until.isoformat(),
        )
        for line in rules.shared
    ]  # fmt: skip
    return [
        (words["collected"], collected, [words[c] for c in _COLLECTED], words["nothing"]),
        (words["shared"], shared, [words[c] for c in _SHARED], words["nobody"]),
    ]


def _plain(text: str) -> str:
    """Give a text that Markdown leaves as it is, on one line."""
    flat = " ".join(text.split())
    return "".join("\\" + c if c in "\\`*_{}[]<>#|!" else c for c in flat)


def _list(facts: Sequence[tuple[str, str]]) -> str:
    return "<ul>" + "".join(f"<li>{html.escape(a)}: {html.escape(b)}</li>" for a, b in facts) + "</ul>"


def _table(rows: Sequence[Sequence[str]], *, header: Sequence[str]) -> str:
    head = "".join(f"<th>{html.escape(cell)}</th>" for cell in header)
    body = "\n".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table>"
