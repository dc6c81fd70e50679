"""JSON as it leaks: glued, in pages, within companies, in other spellings, broken; small, each with what it says of its people."""

import json
from collections.abc import Mapping, Sequence

from tests.leaked_people import Human, Leak, humans

WHO = humans(24)
FIELDS = ("name", "phone", "resident_id", "email", "address")
WORDS = {"name": "姓名", "phone": "手机号", "resident_id": "身份证号", "email": "邮箱", "address": "住址"}


def of(person: Human) -> dict[str, str]:
    return {name: getattr(person, name) for name in FIELDS}


def dumped(value: object, indent: int | None = None) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent)


def leak(name: str, content: str | bytes, *, maybe: Sequence[int] = (), junk: int = 0) -> Leak:
    raw = content if isinstance(content, bytes) else content.encode()
    truth = [person.truth(*FIELDS) for person in WHO]
    return Leak(name=name, content=raw, truth=truth, maybe=frozenset(maybe), junk=junk)


FLAT = [of(person) for person in WHO]
PAGES = [FLAT[at : at + 8] for at in range(0, len(FLAT), 8)]


def mixed() -> str:
    """Several objects on a line, one on several lines, one a line."""
    text = ""
    for number, value in enumerate(FLAT):
        bound = {"_id": {"$oid": f"{number:024}"}, **value}
        text += dumped(bound, indent=2) + "\n" if number % 7 == 3 else dumped(bound) + ("" if number % 5 == 1 else "\n")
    return text


def answer(page: Sequence[Mapping[str, str]], **beside: object) -> dict[str, object]:
    return {"code": 0, "data": {"total": 24, **beside, "list": page}}


def one_after_another() -> list[Leak]:
    broken = dumped(FLAT).replace(f'"{WHO[9].email}"', f'"{WHO[9].email}')
    return [
        leak("objects glued and over lines, in GBK", mixed().encode("gb18030")),
        leak("flat objects, two of them glued late", "".join(dumped(v) + ("" if n == 20 else "\n") for n, v in enumerate(FLAT * 1))),
        leak("objects without anything between", "".join(map(dumped, FLAT))),
        leak("objects with commas at the ends of lines", "".join(f"{dumped(value)},\n" for value in FLAT).encode("gbk")),
        leak("objects with semicolons", "".join(f"{dumped(value)};\n" for value in FLAT)),
        leak("lists one after another", "\n".join(map(dumped, PAGES))),
        leak("answers one after another", "\n".join(dumped(answer(page), indent=2) for page in PAGES)),
        leak("answers in a list", dumped([answer(page) for page in PAGES])),
        leak("answers in callbacks", "".join(f"cb_{n}({dumped(answer(page))});\n" for n, page in enumerate(PAGES))),
        leak("answers of one operator", "\n".join(dumped(answer(page, operator={"name": "管理员", "phone": "16000000001"}), indent=2) for page in PAGES)),
        leak("callbacks of one object", "".join(f"cb({dumped(value)});\n" for value in FLAT)),
        leak("rows of cells in answers", "".join(dumped({"columns": list(FIELDS), "rows": [list(v.values()) for v in page]}) + "\n" for page in PAGES)),
        leak("a broken object in a list", broken, maybe=[9], junk=1),
        leak("a broken object in a list over lines", dumped(FLAT, indent=1).replace(f'"{WHO[9].phone}"', f'"{WHO[9].phone}'), maybe=[9], junk=1),
        leak("a list cut off", dumped(FLAT, indent=1)[:-40], maybe=[23], junk=1),
    ]  # fmt: skip


def within() -> list[Leak]:
    firms = [
        {"firm": f"某某{n}有限公司", "depts": [{"dept": "一", "staff": page[:4]}, {"dept": "二", "staff": page[4:]}]}
        for n, page in enumerate(PAGES)
    ]
    messages = [
        {
            "id": n,
            "type": "message",
            "text": [
                f"姓名：{p.name}\n电话：",
                {"type": "phone", "text": p.phone},
                f"\n身份证：{p.resident_id}\n邮箱：",
                {"type": "email", "text": p.email},
                f"\n地址：{p.address}",
            ],
        }
        for n, p in enumerate(WHO)
    ]
    return [
        leak("people of departments of firms", dumped(firms, indent=1)),
        leak("firms a line", "\n".join(map(dumped, firms))),
        leak("people under their numbers in an answer", dumped({"code": 0, "data": {f"u{n}": value for n, value in enumerate(FLAT)}})),
        leak("messages in pieces", dumped({"name": "群", "id": 1, "messages": messages}, indent=1)),
        leak("Chinese keys", dumped({"状态": "成功", "数据": {"列表": [{WORDS[k]: v for k, v in value.items()} for value in FLAT]}}).encode("gbk")),
        leak("an answer whose list is text", dumped({"code": 0, "data": dumped(FLAT)})),
        leak("a list of objects as texts", dumped([dumped(value) for value in FLAT])),
        leak("people with orders for others", dumped([{**value, "orders": [{"receiver": "王小二", "phone": f"1700000{n:04}"}] * 3} for n, value in enumerate(FLAT)])),
    ]  # fmt: skip


def spelled() -> list[Leak]:
    bare = ",\n".join("{" + ", ".join(f"{key}: '{value}'" for key, value in one.items()) + "}" for one in FLAT)
    return [
        leak("a program's objects", f"module.exports = [{bare}];\n".replace("module.exports", "export default", 1).replace(" = ", " ", 1)),
        leak("commas before brackets, and remarks", "[\n" + "".join(f"  // 第{n}条\n  {dumped(value)[:-1]},}},\n" for n, value in enumerate(FLAT)) + "]\n"),
        leak("what is undefined", "".join(f'{dumped(value)[:-1]}, "x": undefined, "y": NaN}}\n' for value in FLAT)),
        leak("line ends within texts", "".join(dumped({**value, "note": "一@@二"}).replace("@@", "\n") + "\n" for value in FLAT)),
        leak("a list as Python prints it", repr(FLAT)),
        leak("calls of a shell over lines", "".join(f'{dumped(value, indent=4)[:-2]},\n    "_id" : ObjectId("{n:024}")\n}}\n' for n, value in enumerate(FLAT))),
    ]  # fmt: skip


def every_json() -> list[Leak]:
    return [*one_after_another(), *within(), *spelled()]
