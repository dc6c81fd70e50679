"""Who the platform is, in what every notice and list says of it."""

from dataclasses import dataclass
from typing import Literal

from suyuan.terms import AppType

SensitiveProfile = Literal["strict", "current"]
"""Which reading of "sensitive" holds where two standards differ: both lists together, or the list in force alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """The site as a processor of personal information: `policy/platform.toml`.

    Args:
        name: the processor's name, as notices give it.
        contact: how a person reaches it.
        officer: who is responsible for protecting personal information.
        app_types: which of the 39 types of app it runs.
        sensitive_profile: which reading of "sensitive" holds.
        jurisdiction: the region whose law it is under.
        cool_down_days: how long a person who said no is not asked again.
        languages: in which languages notices are written, the first one first.
    """

    name: str = ""
    contact: str = ""
    officer: str = ""
    app_types: tuple[AppType, ...] = ()
    sensitive_profile: SensitiveProfile = "strict"
    jurisdiction: str = "CN"
    cool_down_days: int = 30
    languages: tuple[str, ...] = ("zh", "en")
