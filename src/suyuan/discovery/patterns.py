"""What is worth a second look: one byte pattern a category, in the tongue that RE2, Hyperscan and `re` share.

A pattern finds where a candidate begins and rejects nearly everything else; the reader of its category then decides. All
of them work on UTF-8 bytes: no look-around, no back reference, no class of wide characters.
"""

from enum import IntEnum
from typing import Final

from suyuan.kinds.plate import PROVINCES


class Category(IntEnum):
    """Which reader looks at a candidate."""

    MAIL = 0
    NAME = 1
    BIRTH = 2
    DEVICE = 3
    DOCUMENT = 4
    PLACE = 5
    NUMBER = 6
    PLATE = 7
    ADDRESS = 8
    NETWORK = 9


def spelled(*words: str) -> str:
    """Give words as an alternation of their UTF-8 bytes, the longest first."""
    ordered = sorted(words, key=lambda word: (-len(word), word))
    return "(?:" + "|".join("".join(_byte(b) for b in word.encode()) for word in ordered) + ")"


def _byte(value: int) -> str:
    character = chr(value)
    if value >= 0x80 or character in "\t":
        return f"\\x{value:02x}"
    if character.isalpha():
        return f"[{character.upper()}{character.lower()}]"
    return character if character.isalnum() or character in "_ " else "\\" + character


HAN: Final = r"[\xe3-\xe9][\x80-\xbf][\x80-\xbf]"
"""A Han character of the basic plane, or another of three bytes; the reader tells them apart."""

NAME_LABELS: Final = (
    "姓名", "收件人", "收货人", "寄件人", "发件人", "联系人", "持卡人", "开户人", "户名", "乘客", "旅客", "患者", "申请人", "投保人", "被保险人",
    "签收人", "经办人", "法定代表人", "负责人", "入住人", "购买人", "借款人", "担保人", "司机", "骑手", "客户名称", "用户姓名", "本人",
)  # fmt: skip
NAME_KEYS: Final = (
    "fullname", "full_name", "realname", "real_name", "truename", "true_name", "customername", "customer_name", "username", "user_name",
    "contactname", "contact_name", "receivername", "receiver_name", "recipientname", "recipient_name", "recipient", "receiver",
    "consignee", "cardholder", "card_holder", "passenger", "passengername", "passenger_name", "patientname", "patient_name",
    "firstname", "first_name", "lastname", "last_name", "surname", "givenname", "given_name", "holdername", "holder_name", "xingming",
    "sendername", "sender_name", "name", "full name", "contact name", "customer name", "first name", "last name", "cardholder name",
)  # fmt: skip
BIRTH_LABELS: Final = ("出生日期", "出生年月日", "出生年月", "出生时间", "出生于", "生日", "birthday", "birth_day", "birthdate", "birth_date",
    "date of birth", "date_of_birth", "dateofbirth", "dob", "born", "born on")  # fmt: skip
DEVICE_KEYS: Final = ("imei", "imei1", "imei2", "meid", "imsi", "iccid", "idfa", "idfv", "oaid", "vaid", "aaid", "gaid", "udid", "androidid",
    "android_id", "deviceid", "device_id", "advertisingid", "advertising_id", "mac", "macaddress", "mac_address", "wifimac", "wifi_mac",
    "bssid", "serialno", "设备号", "设备标识", "设备序列号")  # fmt: skip
DOCUMENT_LABELS: Final = ("护照", "护照号", "护照号码", "通行证", "通行证号", "通行证号码", "回乡证", "回乡证号", "台胞证", "台胞证号", "军官证",
    "军官证号", "passport", "passport_no", "passport no", "passportno", "passport number", "passport_number", "passportnumber")  # fmt: skip
PLACE_KEYS: Final = ("lat", "lng", "lon", "latitude", "longitude", "gpslat", "gpslng", "gps_lat", "gps_lng", "纬度", "经度")  # fmt: skip

# What may stand between a label and its value: a closing quote, blanks, a colon or equals sign, an opening quote.
_JOINT = r"""(?:\\?["'])?[ \t]{0,2}(?:[:=]|\xef\xbc\x9a|%3[ADad])[ \t]{0,2}(?:\\?["'])?"""
_LOOSE = rf"(?:{_JOINT}|[ \t]{{0,2}})"
_EDGE = r"(?:\b|_)"
_STREET = spelled("路", "街", "巷", "弄", "村", "镇", "胡同", "大道", "小区", "花园", "公寓", "大厦")
_UNITS = spelled("号", "弄", "栋", "幢", "单元", "室", "号楼", "座")
_NUMERALS = spelled(*"一二三四五六七八九十")
WESTERN_STREET: Final = (
    r"[0-9]{1,5}[A-Za-z]?(?: [A-Z][a-z]{1,15}){1,3} (?:Street|St|Road|Rd|Avenue|Ave|Drive|Dr|Lane|Ln|Boulevard|Blvd|Court|Crescent"
    r"|Terrace|Parade|Highway|Square)\b"
)

NUMBERS: Final = (
    # Numbers of exactly these lengths and first digits; a longer run of digits is stopped at its word boundary.
    rf"{_EDGE}1[3-9][0-9](?:[0-9]{{8}}|[ -][0-9]{{4}}[ -][0-9]{{4}}|[ -][0-9]{{4}}[0-9]{{4}})(?:\b|_)",
    rf"{_EDGE}(?:00)?86[ -]?1[3-9][0-9][ -]?[0-9]{{4}}[ -]?[0-9]{{4}}(?:\b|_)",
    rf"{_EDGE}[1-9][0-9]{{5}}[ -]?(?:18|19|20|21)[0-9]{{2}}[01][0-9][0-3][0-9][ -]?[0-9]{{3}}[0-9Xx](?:\b|_)",
    rf"{_EDGE}[1-9][0-9]{{7}}[01][0-9][0-3][0-9][0-9]{{3}}(?:\b|_)",
    rf"{_EDGE}(?:[3-6][0-9]|2[2-7]|81)[0-9]{{11,17}}(?:\b|_)",
    rf"{_EDGE}(?:[3-6][0-9]|2[2-7]|81)[0-9]{{2}}[ -][0-9]{{4}}[ -][0-9]{{4}}[ -][0-9]{{1,4}}",
    rf"{_EDGE}0(?:10|2[0-9]|[3-9][0-9]{{2}})(?:[ -]|\)[ -]?)?[0-9]{{7,8}}(?:\b|_)",
    r"\+[1-9][0-9]{0,2}[ ().-]{0,2}[0-9]{1,4}[ ().-]{0,2}[0-9]{2,4}[ .-]?[0-9]{2,4}",
)

_PLATE = (
    rf"{spelled(*PROVINCES)}[A-HJ-Za-hj-z](?:[ .-]|\xc2\xb7|\xe2\x80\xa2)?[0-9A-HJ-NP-Za-hj-np-z]{{4}}"
    rf"|{spelled('使')}[0-9]{{3}}(?:\xc2\xb7)?[0-9]{{3}}|{_EDGE}WJ(?:\xc2\xb7)?{spelled(*PROVINCES)}?[0-9]{{4}}"
)

SOURCES: Final[dict[Category, tuple[str, ...]]] = {
    Category.MAIL: ("@[A-Za-z0-9]", "%40[A-Za-z0-9]"),
    Category.NAME: (
        rf"{spelled(*NAME_LABELS)}{_LOOSE}(?:{HAN}|[A-Z])",
        rf"{_EDGE}{spelled(*NAME_KEYS)}{_JOINT}(?:{HAN}|[A-Z])",
    ),
    Category.BIRTH: (rf"{spelled(*BIRTH_LABELS)}{_LOOSE}[0-9]",),
    Category.DEVICE: (rf"{_EDGE}{spelled(*DEVICE_KEYS)}{_JOINT}[0-9A-Fa-f]",),
    Category.DOCUMENT: (rf"{spelled(*DOCUMENT_LABELS)}{_LOOSE}[A-Za-z\xe5][A-Za-z0-9\xad]",),
    Category.PLACE: (
        rf"{spelled(*PLACE_KEYS)}{_JOINT}-?[0-9]{{1,3}}\.[0-9]{{3}}",
        r"\b[0-9]{1,3}\.[0-9]{4,12},[ ]?-?[0-9]{1,3}\.[0-9]{4}",
    ),
    Category.NUMBER: NUMBERS,
    Category.PLATE: (_PLATE,),
    Category.ADDRESS: (
        rf"(?:{HAN}|[A-Za-z#-])[0-9]{{1,5}}(?:-[0-9]{{1,4}})?{_UNITS}",
        rf"(?:{_NUMERALS}){{1,3}}{spelled('号楼', '弄', '栋', '幢', '单元')}",
        rf"{spelled('省', '市', '区', '县')}(?:{HAN}){{1,10}}{_STREET}",
        rf"\b{WESTERN_STREET}",
    ),
    Category.NETWORK: (
        rf"{_EDGE}[0-9]{{1,3}}\.[0-9]{{1,3}}\.[0-9]{{1,3}}\.[0-9]{{1,3}}\b",
        r"\b[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}\b",
        r"\b[0-9A-Fa-f]{2}(?:-[0-9A-Fa-f]{2}){5}\b",
        r"\b[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{1,4}){7}\b",
        r"\b[0-9A-Fa-f]{3,4}:[0-9A-Fa-f:]{0,24}::[0-9A-Fa-f]{1,4}|\b[0-9A-Fa-f]{3,4}::[0-9A-Fa-f]{1,4}",
    ),
}
"""The patterns of every category. Where two begin at one place, the category of the lower number is tried first."""
