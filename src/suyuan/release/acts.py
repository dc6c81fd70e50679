"""What can be asked of the door, and how clearly a field may be seen."""

from dataclasses import dataclass
from enum import StrEnum


class Showing(StrEnum):
    """How a purpose may see a field."""

    CLEAR = "clear"
    MASKED = "masked"


class Act(StrEnum):
    """The acts of release that a purpose can allow."""

    LOOKUP = "lookup"
    LIST = "list"
    EXPORT = "export"
    ANSWER = "answer"
    SUPPLIED = "supplied"
    AUTHORITY = "authority"
    APPROVE = "approve"
    INVESTIGATE = "investigate"
    MAINTAIN = "maintain"


SHOWN_TO_NO_ONE = frozenset({Act.INVESTIGATE, Act.MAINTAIN})
"""Acts of the platform itself that open values and hand them to nobody."""


class ApprovalRule(StrEnum):
    """When a second person must have said yes; the later the stricter."""

    NEVER = "never"
    SENSITIVE = "sensitive"
    ALWAYS = "always"

    @property
    def strictness(self) -> int:
        """0 for never; the strictest of several rules is the one that holds."""
        return tuple(ApprovalRule).index(self)


DEFAULT_PROFILE = "default"
"""The mask profile that asks each kind for its own mask."""


@dataclass(frozen=True, slots=True)
class Shown:
    """How a field is shown: in clear, or masked by a profile of `policy/masks.toml`."""

    showing: Showing
    profile: str = DEFAULT_PROFILE

    def clearer_than(self, other: "Shown") -> bool:
        """Say whether this shows in clear what the other masks; of two masks neither is said to be clearer."""
        return self.showing is Showing.CLEAR and other.showing is Showing.MASKED

    def __str__(self) -> str:
        if self.showing is Showing.CLEAR or self.profile == DEFAULT_PROFILE:
            return self.showing.value
        return f"{self.showing.value}:{self.profile}"
