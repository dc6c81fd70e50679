"""What the header of a column says: known words in English and Chinese, whose value it is, and whether a row is one."""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from typing import Final

import polars as pl

from suyuan.kinds.column import kind_shares
from suyuan.terms import FieldName, KindName

SURE: Final = 0.8
"""The share of a sample above which its content overrules the header."""

TELLING: Final = frozenset({KindName.PHONE, KindName.EMAIL, KindName.RESIDENT_ID, KindName.DATE, KindName.COORDINATE})
"""Kinds that a column's name is never mistaken for."""

HEADER_WEIGHT: Final = 0.5

ENDING_WEIGHT: Final = 0.4
"""A header that ends in a known word is worth a little less than the word alone."""

HEADER_WORDS: Final[Mapping[KindName, tuple[str, ...]]] = {
    KindName.PHONE: (
        "phone", "phoneno", "phonenumber", "tel", "telno", "telephone", "mobile", "mobileno", "mobilephone",
        "mobilenumber", "cell", "cellphone", "msisdn", "contactnumber",
        "手机", "手机号", "手机号码", "电话", "电话号码", "联系电话", "联系方式", "移动电话", "收件人电话", "收货人电话",
        "telefon", "telefonnummer", "handy", "handynummer", "mobil", "mobiltelefon", "téléphone", "portable", "teléfono", "móvil", "celular",
        "телефон", "мобильныйтелефон", "номертелефона", "電話番号", "携帯", "携帯電話", "携帯番号", "전화", "전화번호", "휴대폰", "휴대전화", "연락처",
        "收件电话", "固话", "座机", "固定电话", "手機", "電話", "手機號碼", "sjh", "sjhm", "dhhm", "lxdh", "lxfs", "yddh",
    ),
    KindName.EMAIL: (
        "email", "emailaddress", "mail", "emailid", "邮箱", "电子邮箱", "电子邮件", "邮件", "郵箱", "邮箱地址", "dzyx", "dzyj",
        "emailadresse", "courriel", "correo", "correoelectrónico", "почта", "электроннаяпочта", "メール", "メールアドレス", "이메일",
    ),
    KindName.RESIDENT_ID: (
        "residentid", "idcard", "idcardno", "idcardnumber", "idno", "idnumber", "nationalid", "citizenid", "sfz", "sfzh",
        "credno", "certno", "certid", "certcode", "ctfid", "idcardnum", "identityno", "identitycard", "zjh", "zjhm", "sfzhm", "gmsfhm",
        "身份证", "身份证号", "身份证号码", "公民身份号码", "证件号", "证件号码", "身份證", "身份證號",
    ),
    KindName.PERSON_NAME: (
        "name", "fullname", "givenname", "firstname", "surname", "lastname", "familyname", "middlename", "personname",
        "customername", "username", "realname", "contact", "contactname", "recipient", "consignee", "receiver", "guestname", "custname", "xm",
        "姓名", "名字", "客户姓名", "收件人", "收货人", "联系人", "真实姓名", "用户名", "姓", "名", "收件人姓名", "客户名称",
        "vorname", "nachname", "familienname", "prénom", "nomdefamille", "apellido", "apellidos", "имя", "фамилия", "фио", "氏名", "お名前", "이름", "성명",
    ),
    KindName.POSTAL_ADDRESS: (
        "address", "addr", "postaladdress", "streetaddress", "homeaddress", "shippingaddress", "deliveryaddress", "street",
        "address1", "addressline1",
        "地址", "住址", "详细地址", "收货地址", "收件地址", "家庭住址", "通讯地址", "联系地址", "收件人地址", "dz", "xxdz", "jtdz", "jtzz", "lxdz", "txdz",
        "straße", "strasse", "anschrift", "adresse", "rue", "dirección", "domicilio", "calle", "адрес", "улица", "住所", "주소",
    ),
    KindName.DATE: (
        "date", "dob", "birthdate", "dateofbirth", "birthday", "born", "createdat", "created", "orderdate", "time",
        "日期", "出生日期", "生日", "出生年月", "时间", "下单时间", "注册时间", "寄件时间", "入住时间",
    ),
    KindName.COORDINATE: (
        "lat", "lng", "lon", "latitude", "longitude", "latlng", "latlon", "lnglat", "lonlat", "coordinate", "coordinates", "geopoint",
        "gps", "经度", "纬度", "经纬度", "坐标", "經度", "緯度", "座標",
    ),
    KindName.IDENTIFIER: (
        "id", "uid", "userid", "personid", "customerid", "customerno", "customernumber", "clientid", "memberid",
        "memberno", "accountid", "accountno", "ssn", "socsecid", "socialsecuritynumber",
        "编号", "客户编号", "客户号", "会员号", "会员编号", "用户编号", "用户id", "账号", "卡号",
    ),
}  # fmt: skip

KIND_OF_WORD: Final = {word: kind for kind, words in HEADER_WORDS.items() for word in words}

ENDINGS: Final[Mapping[KindName, tuple[str, ...]]] = {
    KindName.PHONE: (
        "手机", "手机号", "手机号码", "电话", "电话号码", "联系方式", "手機", "電話", "行動電話", "固话", "座机",
        "phone", "mobile", "telephone",
    ),
    KindName.EMAIL: ("邮箱", "电子邮件", "電子郵件", "郵箱", "email"),
    KindName.RESIDENT_ID: ("身份证", "身份证号", "身份证号码", "证件号", "证件号码", "idcard"),
    KindName.PERSON_NAME: (
        "姓名", "fullname", "realname", "firstname", "lastname", "givenname", "surname",
        "借款人", "贷款人", "投保人", "被保险人", "被保人", "申请人", "持卡人", "开户人", "入住人", "所有人", "产权人", "权利人",
        "户主", "业主", "车主", "房主", "患者", "病人", "学生", "乘客", "旅客", "顾客", "租客", "租户", "承租人", "买家",
    ),
    KindName.POSTAL_ADDRESS: ("地址", "住址", "住所"),
}  # fmt: skip
"""Words that a longer header ends in: `家长手机`, `户籍地址`, `ship_phone`."""

NO_ENDING: Final = re.compile(r"^(?:ip|mac|web|url|网络|物理|.*(?:ip|mac|邮箱|电子|网)地址$)")

ANOTHER: Final = re.compile(
    r"^(?:寄|发件|发货|sender|shipper|from|紧急|推荐|介绍|配偶|担保|亲属|父亲|母亲|快递员|客服|emergency|referr|guarant|spouse"
    r"|联系人[0-9一二三四五]|第[一二三四五]联系人|contact[0-9]|对方|对端|被叫|callee"
    r"|同住|同行|随行|陪同|陪护|同伴|伴侣|妻子|丈夫|爱人|儿子|女儿|子女|companion|accompan|husband|wife|father|mother)"
)
"""Whose value it is where it is not the person's of the row."""

RESERVE: Final = re.compile(
    r"^(?:备用|备选|备份|其他|其它|第二|另一|次要|辅助|旧|原|spare|other|alternat|secondary|backup|old)"
)
"""What a column of a second value of the person's begins with: the first is in another."""

RESERVE_WEIGHT: Final = 0.1

ROLE: Final = re.compile(
    r"^(?:商家|卖家|店家|商户|店铺|供应商|司机|房东|出租人|业务员|客户经理|经理|顾问|置业顾问|经纪人|中介|医生|班主任|经办人?|创建人|操作员|坐席|座席|话务员|接线员"
    r"|driver|seller|merchant|vendor|supplier|landlord|salesrep|rep|agent|doctor|teacher|manager)"
)
"""Who has to do with the person of the row; in a list of their own they are the people of its rows."""

ROLE_WEIGHT: Final = 0.01

OTHER_NUMBERS: Final = re.compile(
    r"^(?:.*(?:订单号|订单编号|订单|运单号|运单编号|单号|流水号|序号|车架号|发动机号|交易号|qq号码?|微信号)|qq|order(?:no|id|number|sn)?"
    r"|(?:tracking|waybill|serial|invoice|transaction|trade)(?:no|id|number)?|fbid|facebookid|imei|imsi|iccid)$"
)
"""Numbers that are nobody's telephone or ID, whatever they look like."""

PLAIN_WORDS: Final = frozenset(
    "序号 件数 数量 金额 备注 性别 年龄 单价 状态 类型 单位 部门 班级 学校 楼栋 房号 单元 房间号 车牌 车牌号 品牌 型号 重量 省 市 区 省份 城市 收件信息 收货信息 "
    "客户信息 发件信息 no sex gender age status type remark note notes amount total price quantity city state zip zipcode country company".split()
)
"""Words of headers that are no field of ours; two of them make a header too."""

REMARK: Final = re.compile(
    r"(?:备注|說明|说明|描述|跟进|跟進|留言|附言|摘要|remarks?|notes?|memo|comments?|desc|description|message)$"
)
"""Free words about a person: whose the numbers in them are, nobody knows."""

GIVEN_NAME: Final = frozenset(
    (
        "given",
        "givenname",
        "first",
        "firstname",
        "fname",
        "forename",
        "名",
        "vorname",
        "prénom",
        "nombre",
        "nombres",
        "имя",
        "이름",
    )
)
SURNAME: Final = frozenset(
    (
        "surname",
        "last",
        "lastname",
        "lname",
        "family",
        "familyname",
        "姓",
        "姓氏",
        "nachname",
        "familienname",
        "nomdefamille",
        "nom",
        "apellido",
        "apellidos",
        "фамилия",
        "성",
    )
)

MANY_NAMES: Final = 6

HELD: Final = re.compile(r"\d{4}|@")
"""What no name of a column holds: where the first row has it, it is data whose other cells are odd."""

NUMBERED = re.compile(r"\d*(?:value)?$")
"""What comes after the word where a table has several of a kind: `phone2`, `Phone 2 - Value`."""

NOISE = re.compile(r"[\W_]+")


def plain_name(name: str) -> str:
    """Give a header cell or field name as names are compared: no case, width, spaces or punctuation."""
    return NOISE.sub("", unicodedata.normalize("NFKC", name).lower())


def hint_of(name: str) -> Mapping[KindName, float]:
    """Give what a header adds to the score of a kind; less than nothing where the value is another person's."""
    plain = plain_name(name)
    if ANOTHER.match(plain):
        return dict.fromkeys(ENDINGS, -ENDING_WEIGHT / 2)
    if (kind := KIND_OF_WORD.get(plain)) is not None:
        return {kind: HEADER_WEIGHT}
    bare = NUMBERED.sub("", plain)
    if not NO_ENDING.match(bare):
        for kind, words in ENDINGS.items():
            if bare.endswith(words) or (bare != plain and KIND_OF_WORD.get(bare) is kind):
                weight = ROLE_WEIGHT if ROLE.match(plain) else ENDING_WEIGHT
                return {kind: RESERVE_WEIGHT if RESERVE.match(plain) else weight}
    return {}


def is_other_number(name: str) -> bool:
    """Say whether a header names a number that is neither a telephone's nor a person's, such as an order's."""
    return OTHER_NUMBERS.match(plain_name(name)) is not None


def is_anothers(name: str, *, kind: KindName) -> bool:
    """Say whether a header says of a column that its numbers and mailboxes are no value of this person's."""
    return is_other_number(name) or hint_of(name).get(kind, 0.0) < 0


def is_own(name: str, *, kind: KindName) -> bool:
    """Say whether a header says of a column that its numbers or mailboxes are of a kind, and no other number."""
    return hint_of(name).get(kind, 0.0) > 0 and not is_other_number(name)


def is_remark(name: str) -> bool:
    """Say whether a header names free words."""
    return REMARK.search(plain_name(name)) is not None


def name_in_two(names: Sequence[str]) -> tuple[int, int] | None:
    """Give the columns of a given name and of a surname, where a header names one of each and no whole name."""
    plain = [plain_name(name) for name in names]
    given = [index for index, name in enumerate(plain) if name in GIVEN_NAME]
    family = [index for index, name in enumerate(plain) if name in SURNAME]
    return (given[0], family[0]) if len(given) == len(family) == 1 else None


def words_in(row: Sequence[str], *, known: Collection[str]) -> int:
    """Give how many cells of a row are words of headers. Words that are no field of ours count from two of them on."""
    plain = [plain_name(cell) for cell in row]
    telling = sum(cell in known or any(weight > 0 for weight in hint_of(cell).values()) for cell in plain if cell)
    others = sum(cell in PLAIN_WORDS or is_other_number(cell) for cell in plain)
    return telling + (others if telling or others > 1 else 0)


def is_heading(row: Sequence[str], *, known: Collection[str], times: int = 2) -> bool:
    """Say whether a row among the data names columns: two known words or more, one cell in `times`, and no number."""
    filled = [cell for cell in row if cell.strip()]
    if len(filled) < 2 or HELD.search("\t".join(filled)):
        return False
    words = words_in(filled, known=known)
    return words > 1 and words * times > len(filled)


def is_second(row: Sequence[str], *, first: Sequence[str]) -> bool:
    """Say whether a row goes on with a header above it: words where that has none, and none where it has some.

    A cell merged over both rows has its word twice: that below says nothing. One above may name nothing but groups; then
    the row has words everywhere, and more of them. Right below a header a third of known words tells it.
    """
    if len(row) != len(first) or not is_heading(row, known=KIND_OF_WORD, times=3):
        return False
    pairs = [
        (bool(above.strip()), below.strip() not in ("", above.strip())) for above, below in zip(first, row, strict=True)
    ]
    is_longer = sum(bool(cell.strip()) for cell in row) > sum(bool(cell.strip()) for cell in first)
    return (False, True) in pairs and ((True, False) in pairs or is_longer)


def is_of_groups(row: Sequence[str], *, below: Sequence[str]) -> bool:
    """Say whether a row names groups of the columns that a header below it names, some of them another person's.

    Each group stands above its first column, so some of those below have none of their own; it is a word without a
    number. A row that tells nobody apart is a title, and says nothing of the columns.
    """
    filled = [cell.strip() for cell in row if cell.strip()]
    if len(row) != len(below) or len(filled) < 2 or HELD.search("\t".join(filled)):
        return False
    is_spread = any(under.strip() and not over.strip() for over, under in zip(row, below, strict=True))
    return is_spread and any(ANOTHER.match(plain_name(cell)) for cell in filled)


def of_two_rows(first: Sequence[str], second: Sequence[str]) -> tuple[str, ...]:
    """Give the names of columns from a header on two rows, of which the upper one names groups too.

    A group that is another person's stays before each of its names.
    """
    names: list[str] = []
    group = ""
    for above, below in zip(first, second, strict=True):
        if above.strip():
            group = above.strip() if below.strip() else ""
        is_another = bool(below.strip()) and ANOTHER.match(plain_name(group)) is not None
        names.append(group + below.strip() if is_another else below if below.strip() else above)
    return tuple(names)


def heading_words(names: Sequence[str]) -> frozenset[str]:
    """Give the words that name a column where it is named again: those of every kind, and a header's own."""
    return frozenset(KIND_OF_WORD) | {plain for name in names if (plain := plain_name(name))}


def known_words(fields: Mapping[FieldName, KindName]) -> frozenset[str]:
    """Give the words that name a column: those of every kind, and the fields' own names."""
    return frozenset(KIND_OF_WORD) | {plain_name(field) for field in fields}


def is_header(rows: Sequence[Sequence[str]], *, fields: Mapping[FieldName, KindName]) -> bool:
    """Say whether the first row names the columns.

    It does if a cell is a field's name or a known word and no cell is itself a phone, an e-mail, an ID or a date;
    or, for names in another language, if no cell of it is one while every other row's column surely is.
    """
    if not rows:
        return False
    first, rest = rows[0], [row for row in rows[1:200] if len(row) == len(rows[0])]
    shares = kind_shares(pl.Series(first, dtype=pl.String))
    if any(shares[kind] > 0 for kind in TELLING):
        return False
    known = known_words(fields)
    others = pl.Series([cell for cell in first if plain_name(cell) not in known], dtype=pl.String)
    if len(others) >= MANY_NAMES and kind_shares(others)[KindName.PERSON_NAME] >= SURE:
        # A table turned round: its first row is everybody's name.
        return False
    if any(plain_name(cell) in known for cell in first):
        return True
    if any(HELD.search(cell) for cell in first) or shares[KindName.POSTAL_ADDRESS] > 0:
        return False
    if words_in(first, known=known):
        return True
    for index, cell in enumerate(first):
        below = pl.Series([row[index] for row in rest if row[index].strip()], dtype=pl.String)
        shares = kind_shares(below) if len(below) and cell.strip() else {}
        if any(shares.get(kind, 0.0) >= SURE for kind in TELLING):
            return True
    return False
