"""What may be shown of a value that was found: its kind's mask, or as little for what has no kind."""

import re
from urllib.parse import unquote

from suyuan.discovery.finding import Finding, What
from suyuan.discovery.scanner import Scanner
from suyuan.kinds import KINDS, NotA
from suyuan.terms import KindName

_REGION = re.compile(
    r"[^0-9A-Za-z\s]{1,12}?(?:省|自治区|市)(?:[^0-9A-Za-z\s]{1,8}?[市区县州盟旗])?(?:[^0-9A-Za-z\s路街道巷]{1,6}?[区县旗])?"
)


def masked(what: What | None, text: str) -> str:
    """Give a sample that shows nobody: at most what the kind's mask shows, and stars where no kind reads the text."""
    if what is What.IP_ADDRESS:
        head, mark, _ = text.partition("." if "." in text else ":")
        return f"{head}{mark}***" if mark else "***"
    if what is What.LOCATION:
        return re.sub(r"\.[0-9]+", ".***", text)
    if what is What.POSTAL_ADDRESS:
        # A street leads to a door where few live in it; the region is enough to see that an address it is.
        region = _REGION.match(unquote(text))
        return f"{region[0]}***" if region else "***"
    kind = what.kind if what is not None else None
    if kind is not None:
        canonical = KINDS[kind].canonical(unquote(text))
        if not isinstance(canonical, NotA):
            return KINDS[kind].mask(canonical)
        return "***"
    canonical = KINDS[KindName.IDENTIFIER].canonical(text[:64])
    return "***" if isinstance(canonical, NotA) else KINDS[KindName.IDENTIFIER].mask(canonical)


def without_values(text: str, *, scanner: Scanner) -> str:
    """Give a path, key or name with every value in it as stars: places are printed, what stands there is not."""
    shown, last = "", 0
    for finding in scanner.scan(text):
        shown += text[last : finding.start] + "***"
        last = finding.end
    shown += text[last:]
    return re.sub(r"[0-9]{7,}", "***", shown)


def sample(finding: Finding, *, text: str) -> str:
    """Give the masked sample of one finding in its text."""
    return masked(finding.what, text[finding.start : finding.end])
