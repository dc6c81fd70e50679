"""What a number is called just before it: the word decides where digits alone would mislead."""

from enum import IntEnum
from typing import Final


class Label(IntEnum):
    """What the word before a number says of it."""

    PHONE = 1
    CARD = 2
    IDENTITY = 3
    OTHER = 4
    OPAQUE = 5


_WORDS: Final[dict[Label, tuple[str, ...]]] = {
    Label.PHONE: ("手机", "电话", "联系方式", "座机", "固话", "热线", "传真", "phone", "mobile", "tel", "telephone", "cell", "msisdn", "fax",
        "contact", "致电", "拨打", "短信", "whatsapp", "微信"),
    Label.CARD: ("卡号", "银行卡", "银行账号", "信用卡", "储蓄卡", "借记卡", "还款卡", "收款账号", "bankcard", "bank_card", "card",
        "pan", "bank_account", "bankaccount"),
    Label.IDENTITY: ("身份证", "证件", "idcard", "id_card", "idno", "id_no", "identity", "id card", "公民身份", "certno", "cert_no"),
    Label.OTHER: ("订单", "运单", "快递单", "单号", "流水", "交易", "发票", "合同", "批次", "序列", "货号", "条码", "金额", "版本", "时间戳", "商品",
        "工单", "凭证", "票号", "编码", "税号", "order", "trade", "txn", "transaction", "invoice", "tracking", "waybill", "express", "parcel",
        "shipment", "serial", "sku", "batch", "sequence", "trace", "span", "request", "message", "session", "ticket", "build",
        "timestamp", "nonce", "amount", "price", "total", "bytes", "offset", "version", "isbn", "barcode", "checksum", "hash", "imei",
        "coupon", "voucher", "payment", "refund", "snowflake"),
    Label.OPAQUE: ("编号", "号", "账号", "number", "code"),
}  # fmt: skip
_SHORT: Final[dict[Label, tuple[str, ...]]] = {
    Label.OTHER: ("ts", "ver", "seq", "req", "msg", "job", "time", "size", "len", "gid", "tid", "rid", "ean", "upc", "sn", "awb", "cost", "ms"),
    Label.OPAQUE: ("id", "uid", "no", "key", "user", "userid", "user_id"),
}  # fmt: skip
"""Short words count only where a letter does not come before them."""

_SUFFIXES: Final = tuple(
    word.encode()
    for word in (
        "号码",
        "编号",
        "号",
        "码",
        "为",
        "是",
        "number",
        "code",
        "num",
        "no",
        "id",
        "sn",
        "_",
        ".",
        "-",
        " ",
        "#",
    )
)
_OPENING: Final = b" \t\"'[(:=#\\+"
_WIDE: Final = tuple(mark.encode() for mark in "：＝（")
_REACH_BYTES: Final = 48
_CUTS: Final = b"\n,;&\t"
_STEPS: Final = 4
_NOTHING: Final[dict[int, dict[bytes, tuple[Label, bool]]]] = {}


def _index() -> dict[int, dict[int, dict[bytes, tuple[Label, bool]]]]:
    """Give the words by their last byte and length, the longest first; the flag says that a letter may not come before."""
    index: dict[int, dict[int, dict[bytes, tuple[Label, bool]]]] = {}
    entries = [(word, label, False) for label, words in _WORDS.items() for word in words]
    entries += [(word, label, True) for label, words in _SHORT.items() for word in words]
    for text, label, alone in sorted(entries, key=lambda entry: -len(entry[0].encode())):
        word = text.encode()
        index.setdefault(word[-1], {}).setdefault(len(word), {})[word] = (label, alone)
    return index


_INDEX: Final = _index()


def label_before(data: bytes, start: int) -> Label | None:
    """Give what the word that leads to the number at `start` says, on the same line; None where there is none.

    Blanks, quotes and signs are taken off, then words like `no` or 号, until a word of the tables ends what is left.
    """
    line = data[start - _REACH_BYTES if start > _REACH_BYTES else 0 : start].lower()
    for cut in _CUTS:
        place = line.rfind(cut)
        if place >= 0:
            line = line[place + 1 :]
    line = line.rstrip(_OPENING)
    while line.endswith(_WIDE):
        line = line[:-3].rstrip(_OPENING)
    opaque = False
    for _ in range(_STEPS):
        if not line:
            break
        for length, words in _INDEX.get(line[-1], _NOTHING).items():
            entry = words.get(line[-length:])
            if entry is None or (entry[1] and line[-length - 1 : -length].isalpha()):
                continue
            if entry[0] is not Label.OPAQUE:
                return entry[0]
            opaque = True
        shorter = _without_suffix(line)
        if shorter == line:
            break
        line = shorter
    return Label.OPAQUE if opaque else None


def _without_suffix(line: bytes) -> bytes:
    for suffix in _SUFFIXES:
        if line.endswith(suffix):
            return line[: -len(suffix)]
    return line
