"""The whole policy looked over: every error with its line, and what a site should think about again."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from suyuan.config.policy import SOURCES_FILE, build, read_documents, read_site_conditions
from suyuan.config.problems import Finding, Problems
from suyuan.config.sources import sources_of
from suyuan.config.trace import TRACE_FILE, read_trace
from suyuan.config.warnings import warnings_of
from suyuan.errors import RefusedError
from suyuan.release.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a check found.

    Args:
        policy: what could be read.
        findings: by file and line, errors and warnings together.
        site: the text of the site's own conditions, for whoever can read Cedar; None where there are none.
    """

    policy: Policy
    findings: tuple[Finding, ...]
    site: str | None = None

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings with which nothing can be released."""
        return tuple(one for one in self.findings if one.level == "error")


def check_policy(folder: Path, *, on: date | None = None) -> Checked:
    """Look a policy folder over.

    Args:
        on: the day by which contracts are judged; None: none has expired.
    Raises: UnavailableError: `fields.toml` or `purposes.toml` is missing, or a file cannot be read.
    """
    problems = Problems(collect=True)
    documents = read_documents(folder, problems=problems)
    policy = build(documents, problems=problems)
    with problems.guard():
        read_trace(documents[TRACE_FILE])
    sources_of(documents[SOURCES_FILE], fields=policy.fields, problems=problems)
    site: str | None = None
    try:
        site = read_site_conditions(folder)
    except RefusedError as e:
        problems.report(e)
    found = [*problems.found, *warnings_of(policy, documents=documents, on=on)]
    return Checked(policy=policy, findings=tuple(sorted(found)), site=site)
