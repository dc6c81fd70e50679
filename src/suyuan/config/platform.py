"""`policy/platform.toml`: who the platform is."""

from enum import StrEnum

from suyuan.collect.ceiling import APP_TYPES
from suyuan.collect.platform import Platform
from suyuan.config.table import LANGUAGES, Document
from suyuan.terms import AppType

PLATFORM_FILE = "platform.toml"


class _Profile(StrEnum):
    STRICT = "strict"
    CURRENT = "current"


def read_platform(document: Document) -> Platform:
    """Read the one table of the file; a file that is absent says nothing, and the defaults hold."""
    table = document.table()
    app_types = table.strings("app_types")
    for name in app_types:
        if name not in APP_TYPES:
            raise table.error(
                f"`app_types`: {name!r} is none of the 39 types of app",
                key="app_types",
                code="config.choice",
                hint="docs/reference/necessary-information.md lists them",
            )
    languages = table.strings("languages", ("zh", "en"))
    if not languages or not set(languages) <= set(LANGUAGES):
        raise table.error("`languages` is one or both of zh and en", key="languages", code="config.choice")
    platform = Platform(
        name=table.take("name", str, ""),
        contact=table.take("contact", str, ""),
        officer=table.take("officer", str, ""),
        app_types=tuple(AppType(name) for name in app_types),
        sensitive_profile=table.choice("sensitive_profile", _Profile, _Profile.STRICT).value,
        jurisdiction=table.take("jurisdiction", str, "CN"),
        cool_down_days=table.whole("cool_down_days", 30, most=3650),
        languages=languages,
    )
    table.end()
    return platform
