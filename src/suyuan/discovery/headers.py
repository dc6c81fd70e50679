"""What a column's name says of it: the words of tables, Chinese and English, beside those that apps use as keys."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from suyuan.discovery.finding import What
from suyuan.discovery.item_keys import ITEMS_OF, NAMED, plain_key

_WORDS: Final[Mapping[What, str]] = {
    What.PHONE: "phone1 phone2 telephone1 mobile1 contactno contactnumber cell 联系方式 手机1 手机2 电话号码 联系人电话 收件电话 寄件人电话 移动电话 办公电话 家庭电话"
    " 手機 電話 手機號碼",
    What.EMAIL: "emailid useremail contactemail 邮件 电子邮件 邮箱地址 郵箱",
    What.RESIDENT_ID: "residentid nationalid idcode sfz sfzh sfzhm 身份证号码 公民身份号码 居民身份证 身份證 身份證號",
    What.PERSON_NAME: "name username customername membername guestname patient contact contactperson recipient receiver sender owner xm 名字 客户姓名 客户名称 会员姓名"
    " 收件人姓名 收货人姓名 寄件人 寄件人姓名 患者姓名 真实姓名 用户姓名 用户名 联系人姓名 户名 持卡人 法人 乘客姓名 员工姓名",
    What.POSTAL_ADDRESS: "postaladdress mailingaddress residence address1 address2 addressline1 fulladdress 收件地址 收件人地址 家庭住址 通讯地址 联系地址 户籍地址 居住地址 现住址"
    " 寄件地址 单位地址",
    What.BANK_CARD: "card pan accountno bankno 卡号 银行账号 账户 收款账号 储蓄卡号 信用卡号",
    What.PLATE: "vehicleno vehicleplate 车牌号码 牌照",
    What.DATE_OF_BIRTH: "born birthdt dateofbirth 出生年月 出生年月日 出生",
    What.IP_ADDRESS: "ip ipaddr ipaddress clientip loginip lastloginip registerip remoteaddr 登录ip ip地址",
}  # fmt: skip

_KEYS: Final = frozenset(
    "id uid customer userid personid customerid customerno customernumber custid custno memberid memberno clientid accountid 编号 客户编号 客户号 会员号 会员编号 用户编号"
    " 用户id 会员id 客户id".split()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a column's name says: what its cells are, or the item they are where no shape tells."""

    what: What | None
    items: tuple[str, ...]


_BY_WORD: Final[Mapping[str, Header]] = {
    **{key: Header(what=named.what, items=named.items) for key, named in NAMED.items()},
    **{word: Header(what=what, items=ITEMS_OF[what]) for what, words in _WORDS.items() for word in words.split()},
}


def header(name: str) -> Header | None:
    """Give what the name says; a prefix such as `user_` or a suffix such as `_1` does not hide it."""
    plain = plain_key(name)
    for candidate in (plain, plain.rstrip("0123456789"), *(plain.removeprefix(lead) for lead in _LEADS)):
        if candidate in _BY_WORD:
            return _BY_WORD[candidate]
    return None


_LEADS: Final = (
    "user",
    "customer",
    "cust",
    "member",
    "client",
    "person",
    "contact",
    "receiver",
    "sender",
    "emp",
    "staff",
    "客户",
    "用户",
    "会员",
    "员工",
)


def names_a_key(name: str) -> bool:
    """Tell whether a column is called as the site's own number for a person is."""
    return plain_key(name) in _KEYS
