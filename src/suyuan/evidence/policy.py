"""A C2SP tlog-policy: which log, and which witnesses, whoever verifies has decided to believe."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from suyuan.errors import RefusedError, VerificationError
from suyuan.evidence.note import LOG, WITNESS, Note, VerifyKey, cosigned_at, parse_vkey

NOBODY = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Some members, of whom `least` must have signed."""

    least: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The logs, the witnesses and groups by name, and the name whose word is needed; `none` needs nobody's.

    `urls` says where witnesses are asked; a verifier needs none.
    """

    logs: tuple[VerifyKey, ...]
    witnesses: Mapping[str, VerifyKey]
    groups: Mapping[str, Group]
    quorum: str
    urls: Mapping[str, str] = field(default_factory=dict)

    def reached(self, times: Mapping[str, int]) -> int | None:
        """Give the time by which the quorum had signed, in seconds UTC, from the witnesses' own; None: not reached.

        A quorum of `none` is never reached by anybody's word: ask `quorum` first.
        """
        return None if self.quorum == NOBODY else _time_of(self.quorum, times=times, policy=self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Witnessed:
    """When the quorum had seen the checkpoint, in seconds UTC (None: the policy asks for no witness), and who did."""

    at: int | None
    names: tuple[str, ...]


def read_policy(text: str) -> Policy:
    """Read a policy file.

    Raises: RefusedError: `evidence.policy`, naming the line.
    Source: c2sp.org/tlog-policy.
    """
    logs: list[VerifyKey] = []
    witnesses: dict[str, VerifyKey] = {}
    groups: dict[str, Group] = {}
    urls: dict[str, str] = {}
    quorum: str | None = None
    for number, line in enumerate(text.split("\n"), start=1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        match words:
            case ["log", vkey] | ["log", vkey, _]:
                logs.append(_key(vkey, type_of=LOG, line=number))
            case ["witness", name, vkey, *url] if len(url) < 2:
                _require_new(name, known={**witnesses, **groups}, line=number)
                witnesses[name] = _key(vkey, type_of=WITNESS, line=number)
                if url:
                    urls[name] = _url(url[0], line=number)
            case ["group", name, least, *members] if members:
                _require_new(name, known={**witnesses, **groups}, line=number)
                groups[name] = _group(least, members=tuple(members), known={**witnesses, **groups}, line=number)
            case ["quorum", name] if quorum is None and (name == NOBODY or name in {**witnesses, **groups}):
                quorum = name
            case _:
                raise _refused(number, "expected log, witness, group or one quorum, of names already given")
    if quorum is None:
        raise RefusedError(
            "policy: has no quorum line", code="evidence.policy", hint="write `quorum none` to ask nobody"
        )
    if not logs:
        raise RefusedError("policy: has no log line", code="evidence.policy")
    if len({key.public for key in witnesses.values()}) != len(witnesses):
        raise RefusedError("policy: two witnesses share a key", code="evidence.policy")
    return Policy(logs=tuple(logs), witnesses=witnesses, groups=groups, quorum=quorum, urls=urls)


def authenticate(note: Note, *, vkey: VerifyKey, policy: Policy) -> Witnessed:
    """Check that the policy knows the log's key, and that its quorum of witnesses saw the checkpoint.

    Raises: VerificationError: it does not, or they did not.
    """
    if vkey not in policy.logs:
        raise VerificationError(
            "policy: does not name the key of the log that signed",
            hint="the log may have changed its key since the policy was written: get its newest policy or log line from a "
            "source you trust; else it is another log",
        )
    times: dict[str, int] = {}
    for name, witness in policy.witnesses.items():
        at = cosigned_at(note, witness=witness, place="checkpoint")
        if at is not None:
            times[name] = at
    if policy.quorum == NOBODY:
        return Witnessed(at=None, names=tuple(times))
    at = policy.reached(times)
    if at is None:
        raise VerificationError(
            "checkpoint: too few of the policy's witnesses signed it",
            hint="ask for it anew, published when the witnesses answer; a policy with `quorum none` asks only for the log's key",
        )
    return Witnessed(at=at, names=tuple(times))


def _time_of(quorum: str, *, times: Mapping[str, int], policy: Policy) -> int | None:
    """Give the time by which a witness or enough of a group had signed. Groups name only what stands before them."""
    reached: dict[str, int | None] = {name: times.get(name) for name in policy.witnesses}
    for name, group in policy.groups.items():
        signed = sorted(at for at in (reached[member] for member in group.members) if at is not None)
        reached[name] = signed[group.least - 1] if len(signed) >= group.least else None
    return reached[quorum]


def _key(text: str, *, type_of: int, line: int) -> VerifyKey:
    try:
        key = parse_vkey(text, place="policy")
    except VerificationError as error:
        raise _refused(line, "the vkey is malformed") from error
    if key.type != type_of:
        raise _refused(line, f"expected a vkey of type {type_of}")
    return key


def _url(text: str, *, line: int) -> str:
    """Give a witness's URL prefix without its last slash."""
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and not parts.username
    except ValueError:
        usable = False
    if not usable or parts.query or parts.fragment:
        raise _refused(line, "a witness's URL begins with http:// or https:// and has no query and no password")
    return text.rstrip("/")


def _group(least: str, *, members: tuple[str, ...], known: Mapping[str, object], line: int) -> Group:
    if len(set(members)) != len(members) or not known.keys() >= set(members):
        raise _refused(line, "a member of the group is unknown or stands twice")
    needed = {"any": "1", "all": str(len(members))}.get(least, least)
    if needed not in {str(count) for count in range(1, len(members) + 1)}:
        raise _refused(line, "expected any, all or a number of members")
    return Group(least=int(needed), members=members)


def _require_new(name: str, *, known: Mapping[str, object], line: int) -> None:
    if name == NOBODY or name in known:
        raise _refused(line, "the name is taken")


def _refused(line: int, what: str) -> RefusedError:
    return RefusedError(f"policy line {line}: {what}", code="evidence.policy")
