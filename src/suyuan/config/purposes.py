"""`policy/purposes.toml`: why information may be taken in and let out, and how much of it."""

from collections.abc import Mapping

from suyuan.collect.ceiling import APP_TYPES
from suyuan.config.table import Table
from suyuan.legible import require_id
from suyuan.release.acts import DEFAULT_PROFILE, Act, ApprovalRule, Showing, Shown
from suyuan.release.policy import HOME, PurposePolicy
from suyuan.terms import AppType, FieldName, Ground, PurposeName

PURPOSES_FILE = "purposes.toml"


def read_purpose(name: str, table: Table) -> PurposePolicy:
    """Read one purpose. A ground that is another law's names its article."""
    ground = table.choice("ground", Ground)
    citation = table.take("citation", str, "")
    if ground.needs_citation and not citation.strip():
        raise table.error(
            f"ground {ground.value} needs a `citation`",
            key="ground",
            code="config.citation",
            hint='name law and article: citation = "Personal Information Protection Law, article 57"',
        )
    app_type = table.take("app_type", str, "")
    if app_type and app_type not in APP_TYPES:
        raise table.error(
            f"`app_type`: {app_type!r} is none of the 39 types of app",
            key="app_type",
            code="config.choice",
            hint="docs/reference/necessary-information.md lists them",
        )
    basic = table.take("basic", bool, False)
    if basic and not app_type:
        raise table.error("`basic` needs an `app_type`", key="basic", code="config.missing")
    shown = read_shown(table)
    return PurposePolicy(
        name=PurposeName(require_id(name, what="purpose")),
        ground=ground,
        acts=read_acts(table),
        fields={field: how.showing for field, how in shown.items()},
        profiles={field: how.profile for field, how in shown.items() if how.profile != DEFAULT_PROFILE},
        needs_case=table.take("needs_case", bool, True),
        citation=citation,
        title=table.titles(),
        active=table.take("active", bool, True),
        method=table.take("method", str, ""),
        basic=basic,
        app_type=AppType(app_type),
        collects=frozenset(FieldName(field) for field in table.strings("collects")),
        retention_days=table.optional_whole("retention_days", least=1, most=36_500),
        notice=table.take("notice", str, ""),
        approval=table.choice("approval", ApprovalRule, ApprovalRule.NEVER),
        assessment=table.take("assessment", str, ""),
        regions=frozenset(table.strings("regions", (HOME,))),
        automated=table.take("automated", bool, False),
        publishes=table.take("publishes", bool, False),
    )


def read_acts(table: Table) -> frozenset[Act]:
    """Read `acts`."""
    return frozenset(table.chosen(act, options=Act, key="acts") for act in table.strings("acts"))


def read_shown(table: Table) -> Mapping[FieldName, Shown]:
    """Read `fields`: each `clear`, `masked`, or `masked:PROFILE`."""
    found: dict[FieldName, Shown] = {}
    for name, text in table.mapping("fields").items():
        showing, _, profile = text.partition(":")
        how = table.chosen(showing, options=Showing, key="fields", inner=name)
        if profile and how is Showing.CLEAR:
            raise table.error(
                f"`fields.{name}`: what is shown in clear has no mask", key="fields", inner=name, code="config.choice"
            )
        found[FieldName(name)] = Shown(how, profile or DEFAULT_PROFILE)
    return found
