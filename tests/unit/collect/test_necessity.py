"""The ceilings: each field of the dictionary against each of the 39 types; extras never block a basic function."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import pytest

from suyuan.collect.ceiling import APP_TYPES, Necessary, app_kind, app_kinds, ceiling, conditions, necessary, subjects
from suyuan.collect.dictionary import categories, item, items
from suyuan.collect.field import FieldPolicy
from suyuan.collect.necessity import Obstacle, Outside, in_words, obstacle, outside, taken_for
from suyuan.collect.notice import Notice
from suyuan.collect.platform import Platform
from suyuan.collect.ports import ConsentScope
from suyuan.collect.registry import Purpose
from suyuan.collect.rules import asking, published_rules
from suyuan.collect.submission import Submission, admit_submission
from suyuan.errors import RefusedError
from suyuan.release.policy import ContractPolicy, Policy, PurposePolicy
from suyuan.terms import AppType, ContractId, FieldName, Ground, ItemName, KindName, PurposeName

BASIC, EXTRA, DUTY = PurposeName("basic"), PurposeName("extra"), PurposeName("real_name")
NOTHING_NEEDED = 13
"""Types of which the provisions say that no personal information is necessary."""


def never(_purpose: Purpose, _scope: ConsentScope) -> bool:
    return False


def always(_purpose: Purpose, _scope: ConsentScope) -> bool:
    return True


def a_field(name: str, *, sensitive: bool = False, subject: str = "") -> FieldPolicy:
    """Give a text field that is this item of the dictionary."""
    return FieldPolicy(
        name=FieldName(name),
        kind=KindName.TEXT,
        strong=False,
        item=ItemName(name),
        sensitive=sensitive,
        subject=subject,
    )


KEY = FieldPolicy(name=FieldName("account"), kind=KindName.IDENTIFIER, strong=True, key=True)
EVERY = {name: a_field(name, sensitive=one.sensitive_2020 or one.sensitive_2025) for name, one in items().items()}
REGISTER: Mapping[FieldName, FieldPolicy] = {KEY.name: KEY, **{FieldName(n): f for n, f in EVERY.items()}}


@dataclass(frozen=True)
class Site:
    """A registry with one basic purpose of a type, one extra on consent, and one on a legal duty."""

    app_type: AppType
    more: Mapping[PurposeName, PurposePolicy] = field(default_factory=dict)

    def policy(self) -> Policy:
        everything = frozenset(REGISTER) - {KEY.name}
        purposes = [
            purpose("basic", ground=Ground.CONTRACT, basic=True, app_type=self.app_type, collects=everything),
            purpose("extra", ground=Ground.CONSENT, collects=everything),
            purpose("real_name", ground=Ground.LEGAL_DUTY, citation="Express Regulations, article 22",
                    collects=frozenset({FieldName("id_document_number")})),
            *self.more.values(),
        ]  # fmt: skip
        return Policy(
            fields=REGISTER, purposes={p.name: p for p in purposes}, contracts={}, decoy_pools=(), alias_pools={},
            platform=Platform(app_types=(self.app_type,)),
        )  # fmt: skip


def purpose(name: str, *, ground: Ground, collects: frozenset[FieldName], **more: object) -> PurposePolicy:
    return PurposePolicy(
        name=PurposeName(name), ground=ground, acts=frozenset(), fields={}, collects=collects, **more  # type: ignore[arg-type]
    )  # fmt: skip


def test_the_lists_are_whole() -> None:
    kinds = list(app_kinds().values())
    assert [kind.number for kind in kinds] == list(range(1, 40))
    assert sum(not kind.necessary for kind in kinds) == NOTHING_NEEDED
    assert {kind.name for kind in kinds} == APP_TYPES
    for kind in kinds:
        assert kind.zh.endswith("类")
        assert all(kind.function)
        for need in kind.necessary:
            assert need.item in items()
            assert need.subject in subjects()
            assert not need.when or need.when in conditions()


def test_known_entries_of_the_provisions() -> None:
    """What the provisions are quoted for most: read by hand, not made from the data."""
    assert ceiling(["instant_messaging"]) == {"mobile_number", "account_name", "im_contact_accounts"}
    assert ceiling(["food_delivery"]) == ceiling(["online_shopping"])
    assert "id_document_number" not in ceiling(["hotel_booking", "show_ticketing", "online_games"])
    assert "address_book" not in ceiling(APP_TYPES)
    assert ceiling(["short_video", "news", "browser", "womens_health"]) == frozenset()
    lending = {need.item for need in necessary("online_lending", subject="borrower")}
    assert lending == {
        "person_name",
        "id_document_type",
        "id_document_number",
        "id_document_expiry",
        "bank_card_number",
    }
    assert {n.item for n in necessary("vehicle_use", conditions=()) if n.subject == "driver"} == set()
    one_of = [need for need in app_kind("investment").necessary if need.one_of]
    assert {need.item for need in one_of} == {"bank_card_number", "payment_account"}


def test_the_dictionary_is_sound() -> None:
    for one in items().values():
        assert one.category in categories()
        assert one.tier in ("a", "b", "c")
        assert one.zh
        assert one.en
    assert item("movement_track").tier == "a"
    assert item("id_document_number").sensitive_2020
    assert not item("id_document_number").sensitive_2025
    for name in ("138 0013 8000", "nothing"):
        with pytest.raises(RefusedError) as error:
            item(name)
        assert error.value.code == "collect.item"
        assert "138" not in str(error.value)
    with pytest.raises(RefusedError) as error:
        app_kind("everything")
    assert error.value.code == "collect.app_type"


@pytest.mark.parametrize("app_type", sorted(APP_TYPES))
def test_each_field_against_each_type(app_type: AppType) -> None:
    """Only the allowed matrix passes: a type's basic function takes its ceiling, and nothing beyond."""
    policy, allowed = Site(app_type).policy(), ceiling([app_type])
    for name, one in EVERY.items():
        found = obstacle(one, purpose=policy.purposes[BASIC], registry=policy, live=always)
        assert (found is None) == (name in allowed), name
        if found is not None:
            assert found is Obstacle.NOT_NECESSARY


@pytest.mark.parametrize("app_type", sorted(APP_TYPES))
def test_refusing_every_extra_leaves_the_basic_function(app_type: AppType) -> None:
    """Without a single consent everything necessary passes; each item beyond it is refused by its name."""
    policy = Site(app_type).policy()
    needs = [need for need in app_kind(app_type).necessary if not need.one_of] + one_of_each(app_type)
    values = {"account": "A-1", **{need.item: "x" for need in needs}}
    submitted = admit_submission(Submission(purposes=(BASIC,), values=values), registry=policy, live=never)
    assert submitted.taken.get(BASIC, frozenset()) == frozenset(FieldName(need.item) for need in needs)
    beyond = next(name for name in sorted(EVERY) if name not in ceiling([app_type]))
    with pytest.raises(RefusedError) as error:
        admit_submission(
            Submission(purposes=(BASIC, EXTRA), values={**values, beyond: "x"}), registry=policy, live=never
        )
    assert error.value.code == "collect.necessity"
    assert beyond in str(error.value)
    assert "suyuan collect consent" in error.value.hint


def one_of_each(app_type: str) -> list[Necessary]:
    groups: dict[str, Necessary] = {}
    for need in app_kind(app_type).necessary:
        if need.one_of:
            groups.setdefault(need.one_of, need)
    return list(groups.values())


def test_of_alternatives_one_is_enough() -> None:
    policy = Site(AppType("investment")).policy()
    values = {"account": "A-1", "bank_card_number": "x", "payment_account": "x"}
    with pytest.raises(RefusedError) as error:
        admit_submission(Submission(purposes=(BASIC,), values=values), registry=policy, live=never)
    assert "bank_card_number, payment_account" in str(error.value)


def test_an_extra_takes_its_own_consent_and_a_separate_one_where_sensitive() -> None:
    policy = Site(AppType("short_video")).policy()
    extra, plain, face = policy.purposes[EXTRA], EVERY[ItemName("email_address")], EVERY[ItemName("face")]

    def gave(*scopes: ConsentScope) -> object:
        return lambda asked, scope: asked.name == EXTRA and scope in scopes

    def why(one: FieldPolicy, live: object) -> Obstacle | None:
        return obstacle(one, purpose=extra, registry=policy, live=live)  # type: ignore[arg-type]

    assert why(plain, never) is Obstacle.NO_CONSENT
    assert why(plain, gave(ConsentScope.PURPOSE)) is None
    assert why(plain, gave(ConsentScope.SENSITIVE)) is Obstacle.NO_CONSENT
    assert why(face, gave(ConsentScope.PURPOSE)) is Obstacle.NO_SEPARATE_CONSENT
    assert why(face, gave(ConsentScope.PURPOSE, ConsentScope.SENSITIVE)) is None


def test_a_legal_duty_allows_by_its_citation_alone() -> None:
    policy = Site(AppType("hotel_booking")).policy()
    values = {"account": "A-1", "id_document_number": "x"}
    asked = Submission(purposes=(BASIC, DUTY), values=values)
    taken = admit_submission(asked, registry=policy, live=never).taken
    assert taken == {DUTY: frozenset({FieldName("id_document_number")})}
    uncited = purpose("real_name", ground=Ground.LEGAL_DUTY, collects=frozenset({FieldName("id_document_number")}))
    policy = Site(AppType("hotel_booking"), more={DUTY: uncited}).policy()
    with pytest.raises(RefusedError):
        admit_submission(asked, registry=policy, live=never)


def test_whose_and_when_count() -> None:
    app_type = AppType("medical_consultation")
    policy = Site(app_type).policy()
    basic, name = policy.purposes[BASIC], FieldName("person_name")

    def why(subject: str, *holding: str) -> Obstacle | None:
        one = a_field(name, subject=subject)
        return obstacle(one, purpose=basic, registry=policy, live=never, conditions=frozenset(holding))

    assert why("patient", "visit") is None
    assert why("patient", "consultation") is Obstacle.CONDITION
    assert why("payee", "visit") is Obstacle.OTHER_SUBJECT
    nameless = FieldPolicy(name=name, kind=KindName.TEXT, strong=False)
    assert obstacle(nameless, purpose=basic, registry=policy, live=never) is Obstacle.NO_ITEM


def test_a_form_needs_a_purpose_a_key_known_fields_and_values_of_their_kind() -> None:
    policy = Site(AppType("learning")).policy()

    def code(purposes: tuple[PurposeName, ...], values: dict[str, str]) -> str:
        with pytest.raises(RefusedError) as error:
            admit_submission(Submission(purposes=purposes, values=values), registry=policy, live=never)
        assert "138" not in str(error.value)
        return error.value.code

    assert code((), {"account": "A-1"}) == "collect.purpose"
    assert code((PurposeName("x"),), {"account": "A-1", "mobile_number": "1"}) == "collect.purpose"
    assert code((BASIC,), {"mobile_number": "138"}) == "collect.key"
    assert code((BASIC,), {"account": "A-1", "13800138000": "x"}) == "collect.field"


def test_a_value_is_brought_to_canonical_form() -> None:
    phone = FieldPolicy(name=FieldName("phone"), kind=KindName.PHONE, strong=True, item=ItemName("mobile_number"))
    policy = Site(AppType("learning")).policy()
    policy = Policy(
        fields={KEY.name: KEY, phone.name: phone}, contracts={}, decoy_pools=(), alias_pools={},
        purposes={BASIC: purpose("basic", ground=Ground.CONTRACT, basic=True, app_type=AppType("learning"),
                                 collects=frozenset({phone.name}))},
        platform=policy.platform,
    )  # fmt: skip
    asked = Submission(
        purposes=(BASIC,),
        values={
            "account": " A-1 ",
            "phone": "138 1111 2222",
        },
    )
    submitted = admit_submission(asked, registry=policy, live=never)
    assert submitted.values["phone"].to_list() == ["+8613811112222"]
    assert submitted.key == "A-1"
    with pytest.raises(RefusedError) as error:
        admit_submission(
            Submission(purposes=(BASIC,), values={"account": "A-1", "phone": "x138"}), registry=policy, live=never
        )
    assert error.value.code == "collect.value"
    assert "138" not in str(error.value)
    asked = Submission(purposes=(BASIC,), values={"account": "A-1", "phone": "  "})
    assert admit_submission(asked, registry=policy, live=never).taken == {}


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("app_type", ["food_delivery", "news", "mobile_banking"])
def test_the_published_list_is_the_enforced_one(app_type: AppType, lang: str) -> None:
    """Every (purpose, field): it is published exactly if somebody may have it taken, with the consent that this takes."""
    policy = Site(app_type).policy()
    rules = published_rules(policy, lang=lang, on=date(2026, 1, 1))  # type: ignore[arg-type]
    published = {(line.purpose, line.field): line.asking for line in rules.collected}
    assert len(published) == len(rules.collected)
    for one in policy.purposes.values():
        for name, policy_field in REGISTER.items():
            if policy_field.key:
                continue
            enforced = not outside([policy_field], purposes=[one.name], registry=policy, live=always)
            assert ((one.name, name) in published) == enforced, (one.name, name)
            if enforced:
                without = bool(taken_for([policy_field], purposes=[one.name], registry=policy, live=never))
                assert (published[one.name, name] == "none") == without
                assert asking(policy_field, purpose=one, registry=policy) == published[one.name, name]
    assert all(line.title for line in rules.collected)


def test_what_partners_have_is_published_by_their_contracts() -> None:
    name, phone = FieldName("person_name"), FieldName("mobile_number")
    fulfil = PurposePolicy(
        name=PurposeName("fulfil"), ground=Ground.CONTRACT, acts=frozenset(), fields={name: None, phone: None},  # type: ignore[dict-item]
    )  # fmt: skip
    contract = ContractPolicy(
        id=ContractId("C-7"), partner="acme", purposes=frozenset({fulfil.name}), fields=frozenset({name, KEY.name}),  # type: ignore[arg-type]
        expires=date(2026, 6, 30),
    )  # fmt: skip
    policy = Policy(
        fields=REGISTER, purposes={fulfil.name: fulfil}, contracts={contract.id: contract}, decoy_pools=(),
        alias_pools={}, notices={"n": Notice(name="n", version=1, purposes=())},
    )  # fmt: skip
    [line] = published_rules(policy, lang="en", on=date(2026, 6, 30)).shared
    assert (line.partner, line.fields, line.until) == ("acme", (name,), date(2026, 6, 30))
    assert published_rules(policy, lang="en", on=date(2026, 7, 1)).shared == ()


def test_a_reason_is_said_once_of_several_fields() -> None:
    none = [
        Outside(field=FieldName(name), obstacle=Obstacle.NOT_COLLECTED, purpose=PurposeName("delivery"))
        for name in "ab"
    ]
    other = Outside(field=FieldName("c"), obstacle=Obstacle.NO_SEPARATE_CONSENT)
    assert in_words([*none, other]) == (
        "a, b are not among what its purposes collect (delivery); c is sensitive and needs a separate consent that is not live"
    )
    assert in_words([other, Outside(field=FieldName("d"), obstacle=Obstacle.NO_SEPARATE_CONSENT)]) == (
        "c, d are sensitive and need a separate consent that is not live"
    )
