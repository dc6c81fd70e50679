"""A site's own conditions: they refuse by name, fail closed, and say where they do not read."""

import pytest

from suyuan.adapters.cedar import CedarConditions
from suyuan.adapters.cedar.engine import statements
from suyuan.errors import RefusedError
from suyuan.release.grants.site import Fact

pytest.importorskip("cedarpy")

NIGHT = """\
// Nobody looks at anybody's data at night; a remark with "quotes; and a semicolon".
@id("night")
forbid(principal, action == Action::"release", resource)
when { context.hour < 6 };

@id("blocked")
forbid(principal == Account::"mallory", action, resource == Purpose::"delivery");
"""
DAY: dict[str, Fact] = {"hour": 12, "recipient": "wang", "purpose": "delivery", "roles": ["courier"], "minor": False}


def decided(text: str, **facts: Fact) -> RefusedError | None:
    return CedarConditions(text).decide({**DAY, **facts})


def test_forbid_alone_permits_the_rest() -> None:
    assert decided(NIGHT) is None


@pytest.mark.parametrize(
    ("facts", "name"), [({"hour": 3}, "night"), ({"recipient": "mallory"}, "blocked"), ({"hour": 0}, "night")]
)
def test_what_forbids_is_named(facts: dict[str, Fact], name: str) -> None:
    refusal = decided(NIGHT, **facts)
    assert refusal is not None
    assert refusal.code == "release.site"
    assert name in str(refusal)


def test_with_a_permit_one_must_hold() -> None:
    text = 'permit(principal, action, resource) when { context.roles.contains("courier") };'
    assert decided(text) is None
    refusal = decided(text, roles=["clerk"])
    assert refusal is not None
    assert "nowhere" in str(refusal)


def test_what_cannot_be_evaluated_is_refused() -> None:
    without = {name: value for name, value in DAY.items() if name != "hour"}
    refusal = CedarConditions(NIGHT).decide(without)
    assert refusal is not None
    assert (refusal.code, "night" in str(refusal)) == ("release.site", True)


def test_an_engine_that_breaks_refuses() -> None:
    broken = CedarConditions(NIGHT)
    refusal = broken.decide({**DAY, "hour": 2**70})
    assert refusal is not None
    assert refusal.code == "release.site"


def test_names_that_need_escapes_are_themselves() -> None:
    for name in ('a"b', "a\\b", "a\nb", "华", "a\u200bb", "\x7f"):
        assert decided(NIGHT, recipient=name) is None


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("permit(principal, action, resource)\nwhen { context.x == };\n", 2),
        (NIGHT + "\nfrobid(principal, action, resource);\n", 9),
        (NIGHT + "\n\npermit(principal, action\n", 10),
        ("// a\n\n// b\nforbid(principal, action, resource) when\n{ context.a ==== 1 };", 4),
        ("this is no Cedar", 1),
    ],
)
def test_what_is_no_cedar_has_its_line(text: str, line: int) -> None:
    with pytest.raises(RefusedError, match="not Cedar") as refused:
        CedarConditions(text)
    assert refused.value.code == "config.syntax"
    said = str(refused.value)
    assert said.startswith("policy/site.cedar:")
    assert abs(int(said.split(":")[1]) - line) <= 1


def test_statements_keep_their_lines() -> None:
    assert [(line, text.strip()[:12]) for line, text in statements(NIGHT)] == [(2, '@id("night")'), (6, '@id("blocked')]
