"""`suyuan release explain`: why something would be let out or refused, check by check."""

import tomllib
from typing import TYPE_CHECKING, Annotated

import typer

from suyuan.cli.asking import PurposeOption, RoleOption
from suyuan.cli.customer import person_by_key
from suyuan.cli.options import JsonOption, Lang, LangOption, StoreOption, require_ids, store_at
from suyuan.cli.output import print_columns, print_json, result

if TYPE_CHECKING:
    from suyuan.app import Store
    from suyuan.release.checks.asked import Asked
    from suyuan.release.explain import Explained
    from suyuan.terms import PersonNumber, RoleName

EXAMPLE = """
  suyuan release explain --account wang.lei --role courier --purpose delivery --case P-1001 --person C0000001
  suyuan release explain --account wang.lei --purpose delivery --act list
  suyuan release explain --to acme --contract C-7 --purpose fulfilment --fields name,phone --lang zh
"""

_ACTS = ("lookup", "list", "export")


def run(
    *,
    purpose: PurposeOption,
    account: Annotated[str | None, typer.Option("--account", metavar="A", help="Who would ask.")] = None,
    role: RoleOption = None,
    act: Annotated[
        str | None, typer.Option("--act", metavar="ACT", help="lookup, list or export; lookup by default.")
    ] = None,
    fields: Annotated[str, typer.Option("--fields", metavar="A,B", help="Only these fields; by default all.")] = "",
    case: Annotated[str | None, typer.Option("--case", metavar="C", help="The case of a look-up.")] = None,
    person: Annotated[str | None, typer.Option("--person", metavar="KEY", help="The person, by your own key.")] = None,
    to: Annotated[str | None, typer.Option("--to", metavar="PARTNER", help="Who would receive an export.")] = None,
    contract: Annotated[str | None, typer.Option("--contract", metavar="C", help="Under which contract.")] = None,
    lang: LangOption = Lang.EN,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """Ask the door's checks in their order and tell what each says; nothing is let out, and nothing is ledgered.

    Checks about a person are asked where --person names one, or where --case links the account to one. Budgets and the
    watch are not asked: asking them counts. The exit code is 0 whatever the answer is.
    """
    from suyuan import app
    from suyuan.release.explain import explain

    require_ids(account=account, purpose=purpose, case=case, partner=to, contract=contract)
    chosen = act or ("export" if to is not None else "lookup")
    if chosen not in _ACTS:
        raise typer.BadParameter(f"{chosen!r} is none of {', '.join(_ACTS)}", param_hint="--act")
    if chosen == "export" and (to is None or contract is None):
        raise typer.BadParameter("an export goes --to a partner, under a --contract")
    if chosen != "export" and account is None:
        raise typer.BadParameter(f"an act of {chosen} is an --account's")
    names = tuple(name for name in (piece.strip() for piece in fields.split(",")) if name)
    with app.open_store(store_at(store)) as opened:
        found = None
        if person is not None:
            found = person_by_key(opened, person, erased="of somebody who was erased nothing can be explained")
        asked, found = _asked(
            opened, act=chosen, purpose=purpose, account=account, roles=role, names=names, case=case, person=found,
            to=to, contract=contract,
        )  # fmt: skip
        explained = explain(asked, person=found is not None, case=case is not None)
    if as_json:
        print_json(_plain(explained))
    else:
        _tell(explained, lang=lang.value)


def _asked(
    opened: "Store",
    *,
    act: str,
    purpose: str,
    account: str | None,
    roles: list[str] | None,
    names: tuple[str, ...],
    case: str | None,
    person: "PersonNumber | None",
    to: str | None,
    contract: str | None,
) -> "tuple[Asked, PersonNumber | None]":
    """Gather the facts as the door does, for a request that is never made."""
    from dataclasses import replace

    from suyuan.release.acts import Act
    from suyuan.release.checks.asked import Sharing
    from suyuan.release.gathering import Gathering, account_facts, case_facts
    from suyuan.release.grants import Ask
    from suyuan.release.request import ExportRequest, ListRequest, LookupRequest
    from suyuan.release.vouched import VouchedApprovals
    from suyuan.release.words import StoredWords
    from suyuan.terms import AccountId, CaseId, ContractId, FieldName, PartnerId, PersonNumber, PurposeName

    words = StoredWords(opened.people, policy=opened.policy, broker=opened.broker)
    gathering = Gathering(
        opened.policy,
        people=opened.people,
        words=words,
        approvals=VouchedApprovals(opened.people, broker=opened.broker),
    )
    now = opened.clock.now()
    fields = tuple(FieldName(name) for name in names)
    given, attributes = _account(opened, account=account, roles=roles)
    why = PurposeName(purpose)
    if act == "lookup":
        who, which = AccountId(account or ""), CaseId(case) if case else None
        if person is None and which is not None:
            person = next((link.person for link in opened.people.cases(which) if link.account == who), None)
        request = LookupRequest(
            account=who, purpose=why, case=which, person=PersonNumber(-1) if person is None else person,
            roles=given, attributes=attributes,
        )  # fmt: skip
        [asked] = gathering.ones([request], now=now)
        if fields and why in opened.policy.purposes:
            link = next((one for one in asked.cases if (one.person, one.account) == (request.person, who)), None)
            ask = Ask(
                roles=given, purpose=why, act=Act.LOOKUP, now=now, fields=fields,
                account=account_facts(request), case=case_facts(link),
            )  # fmt: skip
            asked = replace(asked, fields=fields, decision=opened.policy.grants.decide(ask))
        return asked, person
    whole: ListRequest | ExportRequest
    if act == "list":
        whole = ListRequest(account=AccountId(account or ""), purpose=why, roles=given, attributes=attributes)
    else:
        whole = ExportRequest(
            partner=PartnerId(to or ""), purpose=why, contract=ContractId(contract or ""),
            account=None if account is None else AccountId(account), roles=given, attributes=attributes,
        )  # fmt: skip
    return gathering.whole(whole, fields=fields, rows=None, sharing=Sharing(), now=now), None


def _account(
    opened: "Store", *, account: str | None, roles: list[str] | None
) -> "tuple[frozenset[RoleName], dict[str, str]]":
    """Give the account's roles and attributes: those named, else those that the store knows."""
    from suyuan.terms import AccountId, RoleName

    known = None if account is None else opened.callers.account(AccountId(account))
    attributes = {} if known is None else dict(known.attributes)
    if roles:
        return frozenset(map(RoleName, roles)), attributes
    return (frozenset() if known is None else known.roles), attributes


def _words() -> "dict[str, dict[str, dict[str, str]]]":
    from importlib.resources import files

    return tomllib.loads(files("suyuan.cli").joinpath("explain_words.toml").read_text(encoding="utf-8"))


def _tell(explained: "Explained", *, lang: str) -> None:
    """Print the steps in the door's order. A refusal names ids in English words; in Chinese its code's sentence goes first."""
    from suyuan.web.sentences import in_chinese

    texts = _words()
    words = {name: text[lang] for name, text in texts["words"].items()}
    rows = []
    for number, step in enumerate(explained.steps, start=1):
        asked = texts["checks"].get(step.check, {}).get(lang, step.check)
        said = in_chinese(step.code) if lang == "zh" and step.code else step.said
        rows.append((str(number), step.step, asked, words[step.outcome], said))
    print_columns(rows)
    refusal = explained.refusal
    if refusal is None:
        result(words["allowed"])
        if any(step.outcome == "skipped" for step in explained.steps):
            result(f"    {words['unasked']}")
        if explained.grant is not None:
            result(f"{words['grant']} {explained.grant.number} (policy/grants.toml:{explained.grant.line})")
        shown = ", ".join(f"{name} {how}" for name, how in explained.shown)
        result(f"{words['shows']}: {shown}")
    else:
        if lang == "zh":
            result(f"{words['refused']} {refusal.code}：{in_chinese(refusal.code)}")
            result(f"    {refusal.said}")
        else:
            result(f"{words['refused']} {refusal.code}: {refusal.said}")
        if refusal.hint:
            result(f"    {refusal.hint}")
    result(words["nothing"])


def _plain(explained: "Explained") -> dict[str, object]:
    refusal = explained.refusal
    return {
        "allowed": refusal is None,
        "code": "" if refusal is None else refusal.code,
        "grant": None if explained.grant is None else explained.grant.number,
        "shown": {name: str(how) for name, how in explained.shown},
        "steps": [
            {"step": s.step, "check": s.check, "outcome": s.outcome, "code": s.code, "said": s.said, "hint": s.hint}
            for s in explained.steps
        ],
    }
