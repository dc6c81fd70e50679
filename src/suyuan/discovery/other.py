"""Reads e-mail addresses, plates, postal addresses and network addresses where one may begin."""

import ipaddress
import re
from typing import Final

from suyuan.discovery.finding import Finding, What, found_in
from suyuan.discovery.patterns import WESTERN_STREET
from suyuan.kinds.plain import HAN
from suyuan.kinds.plate import Plate
from suyuan.kinds.postal_address import chinese

_LOCAL = re.compile(rb"[A-Za-z0-9!#$&*+/=?^_{|}~-]+(?:\.[A-Za-z0-9!#$&*+/=?^_{|}~-]+)*$")
_TIDY = re.compile(rb"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$")
_DOMAIN = re.compile(
    rb"(?:@|%40)((?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+([A-Za-z]{2,18}))(?![A-Za-z0-9-]|\.[A-Za-z0-9])"
)
_FILES: Final = frozenset(
    b"png jpg jpeg gif svg webp js ts css json html py java so zip gz md txt xml yaml yml log conf cfg service socket target timer mount"
    b" slice git sh exe dll jar class php local lan internal localdomain target tgz".split()
)
"""Last parts of what looks like an address and is a file, a unit or a host inside: `icon@2x.png`, `getty@tty1.service`."""
_ALGORITHMS: Final = (b"openssh.com", b"libssh.org", b"lysator.liu.se", b"ssh.com")
_ID_ENDS: Final = (b"-id", b"gid", b"-to", b"ces")
_NO_MAIL = re.compile(
    rb"(?i)(?:message-id|content-id|in-reply-to|references|msgid)[\"']?\s{0,2}[:=]\s{0,2}<?$|://[^\s/@]{0,80}$"
)

_RUN = re.compile(rf"[{HAN}0-9A-Za-z()\uff08\uff09#\-]+(?: [{HAN}0-9A-Za-z#\-]+){{0,2}}")
_STREET = re.compile(rf"(?<=[{HAN}])(?:路|街|大道|巷|弄|胡同|村|镇|乡|小区|花园|家园|公寓|大厦|广场|苑|里|坊)")
_INDOORS: Final = "室元栋幢楼"
_LEAD = re.compile("(?:[^0-9]{0,12}?(?:地址|住址|送到|送至|寄往|寄到|位于|家住|住在|改为|地址为|住|为))?")
_NO_STREET = re.compile(
    "(?:线路|电路|网路|通路|回路|链路|铁路|思路|短路|断路|旁路|支路|油路|管路|套路|专线|高速公路|人行道|通道|频道|管道|轨道|隧道|渠道|跑道)$"
)
_UNIT = re.compile(
    r"[0-9A-Za-z一二三四五六七八九十]+(?:号楼|栋|幢|单元|室|弄|座)|(?<!第)[0-9]+(?:-[0-9]+)*号|[0-9]+[号弄栋幢][0-9]+"
)
_NUMBERED = re.compile(r"第[0-9一二三四五六七八九十]+号|[文件公告令批复函]号|号(?:文件?|令|线|机|仓|窗口|桌|台|位)")
_ADDRESS_REACH_BYTES: Final = 150
_WEST = re.compile(rf"{WESTERN_STREET}(?:,? (?:Unit|Apt|Flat|Suite) ?[0-9A-Za-z]+)?")
_IP4 = re.compile(rb"_?((?:[0-9]{1,3}\.){3}[0-9]{1,3})(?![0-9A-Za-z]|\.[0-9])")
_IP6 = re.compile(rb"[0-9A-Fa-f:]{6,39}(?![0-9A-Za-z:])")
_MAC = re.compile(rb"[0-9A-Fa-f]{2}([:-])[0-9A-Fa-f]{2}(?:\1[0-9A-Fa-f]{2}){4}(?![0-9A-Fa-f:-])")
_NO_NETWORK = re.compile(
    rb"(?i)(?:[a-z]/|(?:\b|_)(?:version|ver|v|release|build|firmware|fw|sdk|os)[\"']?[ .:=]{0,3}[\"']?v?|\xe7\x89\x88\xe6\x9c\xac[\xe5\x8f\xb7]{0,3}[:\xef\xbc\x9a ]{0,3}|[0-9][.-]|section |chapter |clause |\xe5\x8d\x87\xe7\xba\xa7(?:\xe8\x87\xb3|\xe5\x88\xb0)|\xe7\xab\xa0|\xe8\x8a\x82|oid[ =:.])$"
)
_NETWORK = re.compile(
    rb"(?i)(?:ip|addr|address|host|client|server|from|to|src|dst|peer|remote|forwarded-for|//|\xe5\x9c\xb0\xe5\x9d\x80)[\"']?[ :=\[]{0,3}[\"']?$"
)
_SILENT: Final = ("0.0.0.0", "255.255.255.255")
_PLATE = Plate()


def read_mail(data: bytes, start: int) -> Finding | None:
    """Give the e-mail address around an `@`; file names, units, algorithms and message ids are none."""
    domain = _DOMAIN.match(data, start)
    if domain is None or domain[2].lower() in _FILES or domain[1].lower().endswith(_ALGORITHMS):
        return None
    before = data[max(0, start - 64) : start]
    local = _TIDY.search(before) or _LOCAL.search(before)
    if local is None:
        return None
    begin = start - len(local[0])
    if data[domain.end() : domain.end() + 1] == b":" and local[0] == b"git":
        return None
    lead = data[max(0, begin - 96) : begin]
    if (b"://" in lead or lead.rstrip(b"< \"':=")[-3:].lower() in _ID_ENDS) and _NO_MAIL.search(lead):
        return None
    return Finding(What.EMAIL, begin, domain.end(), 0.97)


def read_plate(data: bytes, start: int) -> Finding | None:
    """Give the number plate that begins here."""
    lead = _start_of_character(data, max(0, start - 3))
    head = data[lead:start].decode("utf-8", errors="surrogateescape")
    text = head + data[start : start + 32].decode("utf-8", errors="surrogateescape")
    for span in _PLATE.recognise(text):
        if span.start >= len(head) - 1 and span.confidence >= 0.5 and span.start <= len(head) + 1:
            return found_in(
                text, what=What.PLATE, start=lead, begin=span.start, end=span.end, confidence=span.confidence
            )
    return None


def read_address(data: bytes, start: int) -> Finding | None:
    """Give the postal address around a house number or street: a region or street with the number it needs."""
    if 0x30 <= data[start] <= 0x39:
        text = data[start : start + _ADDRESS_REACH_BYTES].decode("utf-8", errors="surrogateescape")
        if found := _WEST.match(text):
            return found_in(text, what=What.POSTAL_ADDRESS, start=start, begin=0, end=found.end(), confidence=0.7)
    low = max(data.rfind(b"\n", max(0, start - _ADDRESS_REACH_BYTES), start) + 1, start - _ADDRESS_REACH_BYTES, 0)
    low = _start_of_character(data, low)
    high = data.find(b"\n", start, start + _ADDRESS_REACH_BYTES)
    before = data[low:start].decode("utf-8", errors="surrogateescape")
    text = before + data[start : high if high >= 0 else start + _ADDRESS_REACH_BYTES].decode(
        "utf-8", errors="surrogateescape"
    )
    for run in _RUN.finditer(text):
        if run.end() <= len(before):
            continue
        begin, end, sure = _address(run[0])
        if not sure:
            return None
        begin, end = run.start() + begin, run.start() + end
        return found_in(text, what=What.POSTAL_ADDRESS, start=low, begin=begin, end=end, confidence=sure)
    return None


def _address(run: str) -> tuple[int, int, float]:
    """Give where in a run an address stands and how sure that is; 0 where it names no place that a letter could reach."""
    tidy = _NUMBERED.sub(lambda found: "\0" * len(found[0]), run)
    units = list(_UNIT.finditer(tidy))
    streets = [found for found in _STREET.finditer(run) if not _NO_STREET.search(run[: found.end()])]
    if not streets and (not units or not any(unit[0][-1] in _INDOORS for unit in units)):
        return 0, 0, 0.0
    region = chinese.region_in(run)
    if region is not None and region >= max([*(u.start() for u in units), *(s.start() for s in streets)]):
        region = None
    if streets and units and streets[0].start() < units[-1].end():
        sure = 0.95 if region is not None else 0.85
    elif streets and region is not None and len(run) - region >= 8:
        sure = 0.6
    elif units and region is not None:
        sure = 0.7
    else:
        return 0, 0, 0.0
    begin = region if region is not None else _LEAD.match(run).end()  # type: ignore[union-attr]
    return begin, max(units[-1].end() if units else 0, streets[-1].end() if streets else 0), sure


def read_network(data: bytes, start: int) -> Finding | None:
    """Give the address of a device in a network: IPv4, IPv6 or MAC; versions of programs are none."""
    if (found := _IP4.match(data, start)) is not None:
        begin = found.start(1)
        text = found[1].decode("ascii")
        parts = text.split(".")
        if any(int(part) > 255 or (len(part) > 1 and part[0] == "0") for part in parts):
            return None
        if text in _SILENT or parts[0] in ("0", "127") or parts[1:] == ["0", "0", "0"]:
            return None
        lead = data[max(0, begin - 16) : begin]
        if _NO_NETWORK.search(lead):
            return None
        # Four small numbers are rather a version or a section, unless something says that they are an address.
        small = all(len(part) == 1 or (len(part) == 2 and part < "32") for part in parts)
        if small and parts[0] != "10" and not _NETWORK.search(lead) and data[found.end() : found.end() + 1] != b":":
            return None
        return Finding(What.IP_ADDRESS, begin, found.end(), 0.9)
    if (found := _MAC.match(data, start)) is not None:
        pairs = found[0].lower().replace(b"-", b":").split(b":")
        # Six pairs of decimal digits are rather times and dates.
        return (
            None if len({*pairs}) == 1 or b"".join(pairs).isdigit() else Finding(What.DEVICE, start, found.end(), 0.85)
        )
    if (found := _IP6.match(data, start)) is not None:
        try:
            address = ipaddress.IPv6Address(found[0].decode("ascii").rstrip(":"))
        except ValueError:
            return None
        if not address.is_loopback and not address.is_unspecified:
            return Finding(What.IP_ADDRESS, start, start + len(found[0].rstrip(b":")), 0.85)
    return None


def _start_of_character(data: bytes, at: int) -> int:
    """Give the first place at or after `at` where a character of UTF-8 can begin."""
    while at < len(data) and data[at] & 0xC0 == 0x80:
        at += 1
    return at
