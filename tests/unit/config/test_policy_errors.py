"""What is wrong in a policy file is said with file, line and key; a check says everything, a reading the first."""

from pathlib import Path

import pytest
from tests.courier import POLICY

from suyuan.config import PlacedError, read_policy_folder
from suyuan.config.check import check_policy
from suyuan.errors import RefusedError
from suyuan.release.acts import Act, ApprovalRule, Showing, Shown
from suyuan.terms import ContractId, FieldName, Ground, PurposeName, RoleName

ROLES = "[courier]\n[chief]\ninherits = ['courier']\n"
GRANT = '[[grant]]\nrole = "courier"\npurpose = "delivery"\nacts = ["lookup"]\n'
PURPOSE = '[x]\nground = "contract"\nacts = ["lookup"]\n'


def folder(path: Path, **texts: str) -> Path:
    """Write a policy folder: the courier's, with some files replaced."""
    for name, text in POLICY.items():
        (path / name).write_text(text)
    for name, text in texts.items():
        (path / f"{name}.toml").write_text(text)
    return path


WRONG = [
    # wrong type
    ("purposes", PURPOSE + "needs_case = 1\n", 4, "config.type", "`needs_case` is not a true or false"),
    ("purposes", PURPOSE + "retention_days = '9'\n", 4, "config.type", "`retention_days` is not a whole number"),
    ("purposes", "x = 3\n" + PURPOSE.replace("[x]", "[y]"), 1, "config.type", "`x` is not a table"),
    ("fields", "[a]\nkind = 'phone'\naliases = 'b'\n", 3, "config.type", "`aliases` is not a list"),
    ("fields", "[a]\nkind = 'phone'\naliases = ['b', 2]\n", 3, "config.type", "list of strings"),
    ("roles", "[r]\n[r.attributes]\nfloor = 3\n", 3, "config.type", "`floor` is not a string"),
    ("grants", "grant = 3\n", 1, "config.type", "[[grant]]"),
    ("grants", "grant = [1]\n", 1, "config.type", "[[grant]]"),
    ("grants", GRANT + "where = [['queue', '=']]\n", 5, "config.type", "column, operator and value"),
    ("contracts", "[C]\npartner = 'p'\nexpires = '2027-01-31'\n", 3, "config.type", "`expires` is not a date"),
    ("contracts", "[C]\npartner = 'p'\nstarts = 2027-01-31T10:00:00\n", 3, "config.type", "`starts` is not a date"),
    # unknown keys
    ("purposes", PURPOSE + "colour = 1\n", 4, "config.unknown", "unknown setting `colour`"),
    ("platform", "name = 'x'\n\ncolour = 1\n", 3, "config.unknown", "unknown setting `colour`"),
    ("grants", GRANT + "limits = { persons = 1, rate = 2 }\n", 5, "config.unknown", "unknown setting `rate`"),
    ("grants", GRANT + "\n[grants]\nx = 1\n", 6, "config.unknown", "unknown setting `grants`"),
    ("masks", "[m]\nphone = { keep = 1 }\n", 2, "config.unknown", "unknown setting `keep`"),
    # unknown names
    ("purposes", PURPOSE + "fields = { shoe = 'clear' }\n", 4, "config.reference", "field shoe is not in"),
    ("purposes", PURPOSE + "collects = ['shoe']\n", 4, "config.reference", "field shoe is not in"),
    ("purposes", PURPOSE + "notice = 'n'\n", 4, "config.reference", "`notice`: n is not in"),
    ("purposes", PURPOSE + "fields = { phone = 'masked:m' }\n", 4, "config.reference", "no mask profile m"),
    ("contracts", "[C]\npartner = 'p'\npurposes = ['none']\n", 3, "config.reference", "purpose none is not known"),
    ("contracts", "[C]\npartner = 'p'\nfields = ['shoe']\n", 3, "config.reference", "field shoe is not in"),
    ("grants", GRANT.replace('"courier"', '"c"'), 2, "config.reference", "'c' is not in policy/roles.toml"),
    ("grants", GRANT.replace('"delivery"', '"d"'), 3, "config.reference", "`purpose` is not in"),
    ("grants", GRANT.replace('"lookup"', '"export"'), 4, "config.reference", "does not allow export"),
    ("grants", GRANT + "fields = { id_number = 'masked' }\n", 5, "config.reference", "has no field id_number"),
    ("roles", ROLES + "[x]\ninherits = ['y']\n", 5, "config.reference", "there is no role y"),
    ("notices", "[n]\nversion = 1\npurposes = ['nope']\n", 3, "config.reference", "purpose nope is not known"),
    # values that are none of the known ones
    ("fields", "[a]\nkind = 'fone'\n", 2, "config.choice", "'fone' is none of phone"),
    ("fields", "[a]\nkind = 'phone'\nitem = 'fone'\n", 3, "config.choice", "'fone' is not in the dictionary"),
    ("fields", "[a]\nkind = 'phone'\nsearch = ['surname']\n", 3, "config.choice", "not found by 'surname'"),
    ("fields", "[a]\nkind = 'phone'\ntitle = { fr = 'x' }\n", 3, "config.choice", "en and zh, not fr"),
    ("purposes", "[x]\nground = 'because'\n", 2, "config.choice", "'because' is none of consent"),
    ("purposes", PURPOSE + "fields = { phone = 'hidden' }\n", 4, "config.choice", "`fields.phone`: 'hidden' is none"),
    ("purposes", PURPOSE + "fields = { phone = 'clear:waybill' }\n", 4, "config.choice", "has no mask"),
    ("purposes", PURPOSE + "app_type = 'fridge'\n", 4, "config.choice", "none of the 39"),
    ("platform", "app_types = ['fridge']\n", 1, "config.choice", "none of the 39"),
    ("platform", "languages = ['fr']\n", 1, "config.choice", "zh and en"),
    ("masks", "[waybill]\n", 1, "config.choice", "built in"),
    ("masks", "[m]\npostal_address = { level = 'door' }\n", 2, "config.choice", "'door' is none of building"),
    # dates, operators, comparisons, ranges
    ("contracts", "[C]\npartner='p'\nstarts=2027-02-01\nexpires=2027-01-31\n", 4, "config.range", "before `starts`"),
    ("grants", GRANT + "where = [['queue', '~', 'x']]\n", 5, "config.choice", "'~' is none of ="),
    ("grants", GRANT + "where = [['shoe', '=', 'x']]\n", 5, "config.choice", "'shoe' is none of queue"),
    ("grants", GRANT + "where = [['opened', '>', 'lately']]\n", 5, "config.comparison", "'lately' is no time"),
    ("grants", GRANT + "where = [['queue', '=', '$user.x']]\n", 5, "config.comparison", "no `$account.NAME`"),
    ("grants", GRANT + "where = [['queue', '=', ['a']]]\n", 5, "config.comparison", "`queue =` cannot be compared"),
    ("grants", GRANT + "where = [['opened', '=', '$account.x']]\n", 5, "config.comparison", "`opened =`"),
    ("grants", GRANT + "where = [['queue', '<', 'a']]\n", 5, "config.comparison", "`queue <`"),
    ("grants", GRANT + "where = [['queue', '<', '$account.x']]\n", 5, "config.comparison", "`queue <`"),
    ("grants", GRANT + "where = [['opened', 'in', 'now']]\n", 5, "config.comparison", "`opened in`"),
    ("grants", GRANT + "limits = { persons = 0 }\n", 5, "config.range", "`persons` lies in 1.."),
    ("grants", GRANT + "limits = { persons = 1, per = 'day' }\n", 5, "config.range", "`per` is a span"),
    ("grants", GRANT + "fields = { phone = 'clear', name = 'clear' }\n", 0, "", ""),
    ("purposes", PURPOSE + "fields = { phone = 'masked' }\n", 0, "", ""),
    # the law
    ("purposes", "[x]\nground = 'legal_duty'\n", 2, "config.citation", "needs a `citation`"),
    ("purposes", "[x]\nground = 'other_law'\ncitation = ' '\n", 2, "config.citation", "needs a `citation`"),
    ("purposes", PURPOSE + "basic = true\n", 4, "config.missing", "`basic` needs an `app_type`"),
    ("fields", "[a]\nkind = 'resident_id'\nsensitive = false\n", 3, "config.sensitive", "dictionary"),
    ("notices", "[n]\nversion = 'one'\n", 1, "policy.notice", "version is not a whole number"),
    # duplicates, and no TOML at all
    ("fields", "[a]\nkind = 'phone'\n[a]\nkind = 'email'\n", 3, "config.syntax", "not TOML"),
    ("purposes", PURPOSE + "acts = ['export']\n", 4, "config.syntax", "not TOML"),
    ("fields", "[a]\nkind = 'phone'\naliases = ['b', 'b']\n", 3, "config.twice", "says twice: b"),
    ("grants", "[[grant]\n", 1, "config.syntax", "not TOML"),
    ("fields", "[a]\nkind = 'phone'\nkey = true\n[b]\nkind = 'email'\nkey = true\n", 6, "config.reference", "`key`"),
]


@pytest.mark.parametrize(("name", "text", "line", "code", "said"), WRONG)
def test_what_is_wrong_is_placed(tmp_path: Path, name: str, text: str, line: int, code: str, said: str) -> None:
    texts = {"contracts": "", "roles": ROLES} | ({"purposes": PURPOSE} if name == "fields" else {}) | {name: text}
    where = folder(tmp_path, **texts)
    found = [finding for finding in check_policy(where).findings if finding.level == "error"]
    if not code:
        assert not found
        return
    with pytest.raises(PlacedError) as refused:
        read_policy_folder(where)
    assert (refused.value.file, refused.value.line, refused.value.code) == (f"policy/{name}.toml", line, code)
    assert said in str(refused.value)
    assert str(refused.value).startswith(f"policy/{name}.toml:{line}")
    assert (f"policy/{name}.toml", line, code) in {(one.file, one.line, one.code) for one in found}


def test_a_check_finds_several_at_once(tmp_path: Path) -> None:
    where = folder(
        tmp_path,
        purposes="[x]\nground = 'because'\n[y]\nground = 'contract'\nfields = { shoe = 'clear', hat = 'clear' }\n",
        contracts="[C]\npartner = 'p'\npurposes = ['none']\n",
        platform="languages = []\n",
    )
    found = {(one.file, one.line) for one in check_policy(where).findings if one.level == "error"}
    assert {("policy/purposes.toml", 2), ("policy/purposes.toml", 5), ("policy/contracts.toml", 3)} <= found
    assert ("policy/platform.toml", 1) in found


def test_a_role_that_inherits_itself_is_refused(tmp_path: Path) -> None:
    where = folder(tmp_path, roles="[a]\ninherits = ['b']\n[b]\ninherits = ['a']\n")
    with pytest.raises(RefusedError, match="inherits itself") as refused:
        read_policy_folder(where)
    assert refused.value.code == "config.cycle"


FULL = '[delivery]\nground = "contract"\nacts = ["lookup", "list"]\n' + (
    'fields = { name = "clear", phone = "masked:clerk", address = "masked:waybill", id_number = "masked" }\n'
    'title = { en = "delivery", zh = "派送" }\nmethod = "shown to the courier"\nretention_days = 30\n'
    'approval = "sensitive"\nassessment = "PIA-1"\nregions = ["CN", "HK"]\ncollects = ["name", "phone"]\n'
)


def test_a_whole_policy_says_what_it_says(tmp_path: Path) -> None:
    where = folder(
        tmp_path,
        purposes=FULL,
        contracts="[C]\npartner='p'\nstarts=2027-01-01\nexpires=2027-12-31\nfields=['name']\nregion='HK'\nrow_cap=5\n",
        roles="[courier]\ntitle = 'courier'\n[courier.attributes]\noutlet = 'HZ-1, HZ-2'\n[chief]\ninherits=['courier']",
        grants=GRANT + "fields = { name = 'masked' }\nwhere = [['queue', 'in', '$account.outlet']]\n"
        "limits = { persons = 7, per = '12h', rows = 3 }\napproval = 'always'\n",
        masks="[clerk]\nphone = { keep_first = 3, keep_last = 4 }\n",
    )
    policy, _ = read_policy_folder(where)
    purpose = policy.purposes[PurposeName("delivery")]
    assert (purpose.ground, purpose.approval, purpose.assessment) == (Ground.CONTRACT, ApprovalRule.SENSITIVE, "PIA-1")
    assert purpose.shown(FieldName("phone")) == Shown(Showing.MASKED, "clerk")
    assert purpose.shown(FieldName("id_number")) == Shown(Showing.MASKED)
    assert policy.fields[FieldName("id_number")].sensitive
    assert policy.fields[FieldName("phone")].title == {"en": "mobile number", "zh": "手机号码"} or (
        policy.fields[FieldName("phone")].item == "mobile_number"
    )
    contract = policy.contracts[ContractId("C")]
    assert (contract.fields, contract.region, contract.row_cap) == ({"name"}, "HK", 5)
    grant = policy.grants.table[0]
    assert (grant.role, grant.acts, grant.line) == (RoleName("courier"), {Act.LOOKUP}, 1)
    assert grant.defaults == {"outlet": "HZ-1, HZ-2"}
    assert (grant.limits.persons, grant.limits.per.total_seconds(), grant.limits.rows) == (7, 43_200, 3)
    assert policy.grants.heirs[RoleName("courier")] == {"courier", "chief"}


def test_a_purpose_of_which_nobody_was_told_is_not_active(tmp_path: Path) -> None:
    consent = FULL.replace('"contract"', '"consent"')
    (tmp_path / "a").mkdir()
    policy, _ = read_policy_folder(folder(tmp_path / "a", purposes=consent, contracts="", masks="[clerk]\n"))
    purpose = policy.purposes[PurposeName("delivery")]
    assert not purpose.active
    assert any("platform.toml" in item for item in purpose.lacks)
    (tmp_path / "b").mkdir()
    told = folder(
        tmp_path / "b",
        purposes=consent + 'notice = "n"\n',
        contracts="",
        masks="[clerk]\n",
        platform='name = "Courier"\ncontact = "privacy@courier.example"\nlanguages = ["en"]\n',
        notices='[n]\nversion = 1\npurposes = ["delivery"]\n'
        'en = { rights = "write to us", necessity = "to deliver", impact = "none" }\n',
    )
    told_purpose = read_policy_folder(told)[0].purposes[PurposeName("delivery")]
    assert told_purpose.active, told_purpose.lacks


def test_a_file_that_says_nothing_leaves_the_digest_alone(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    _, plain = read_policy_folder(folder(tmp_path / "a"))
    _, more = read_policy_folder(folder(tmp_path / "b", grants="# none\n", platform="", roles="# none\n"))
    assert plain == more
    (tmp_path / "b" / "site.cedar").write_text("// a condition\n")
    assert read_policy_folder(tmp_path / "b")[1] != plain
