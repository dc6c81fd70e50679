"""HAR captures in the shapes that Chrome, Firefox and mitmproxy write, and broken ones."""

import gzip
import json
import random
import zlib
from contextlib import suppress
from pathlib import Path

import pytest

from suyuan.collect.ceiling import ceiling
from suyuan.collect.dictionary import items
from suyuan.discovery import Scanner, What
from suyuan.discovery.audit import Audit, audit, site
from suyuan.discovery.har import open_capture
from suyuan.discovery.item_keys import ITEMS_OF, NAMED, plain_key
from suyuan.errors import RefusedError
from suyuan.terms import AppType

FOLDER = Path(__file__).parents[2] / "vectors" / "har"
SCANNER = Scanner()


def audited(document: object) -> Audit:
    return audit(open_capture(json.dumps(document).encode()), scanner=SCANNER)


def sent(request: object, **entry: object) -> Audit:
    return audited({"log": {"entries": [{"request": request, **entry}]}})


def places(seen: Audit, *, beyond: str | None = None) -> set[tuple[str, str, str, tuple[int, ...]]]:
    chosen = seen.observed if beyond is None else seen.beyond(ceiling([beyond]))
    return {(o.items[0], o.where, o.pointer, tuple(sorted(o.entries))) for o in chosen}


def of(name: str) -> Audit:
    return audit(open_capture((FOLDER / f"{name}.har").read_bytes()), scanner=SCANNER)


def test_chrome() -> None:
    seen = of("chrome")
    assert places(seen, beyond="food_delivery") == {
        ("location", "query", "/lat", (2,)),
        ("location", "query", "/lng", (2,)),
        ("device_identifier", "header", "/x-device-id", (3,)),
        ("device_identifier", "body", "/imei", (3,)),
        ("device_identifier", "body", "/oaid", (3,)),
        ("birth_date", "body", "/data/birthday", (3,)),
        ("gender", "body", "/data/gender", (3,)),
        ("address_book", "body", "/contacts", (4,)),
        ("installed_apps", "body", "/installedApps", (4,)),
        ("movement_track", "websocket", "/*/track", (6,)),
    }
    within = places(seen) - places(seen, beyond="food_delivery")
    assert within == {
        ("person_name", "body", "/consignee", (1,)),
        ("contact_phone", "body", "/receiverPhone", (1,)),
        ("postal_address", "body", "/address", (1,)),
        ("mobile_number", "path", "", (5,)),
        ("mobile_number", "cookie", "/u", (5,)),
    }
    assert "location" not in {o.items[0] for o in seen.beyond(ceiling(["food_delivery", "map_navigation"]))}


def test_firefox() -> None:
    assert places(of("firefox"), beyond="food_delivery") == {
        ("id_document_number", "body", "/idCardNo", (1,)),
        ("id_document_copy", "body", "/idCardFront", (1,)),
        ("email_address", "query", "/email", (3,)),
    }


def test_mitmproxy() -> None:
    seen = of("mitmproxy")
    assert (
        places(seen, beyond="food_delivery")
        == {
            ("sim_identifier", "body", "/payload(base64)/imsi", (1,)),
            ("location", "body", "/payload(base64)/lat", (1,)),
            ("location", "body", "/payload(base64)/lng", (1,)),
            ("bank_card_number", "body", "/payload(base64)/bankCard", (1,)),
            ("email_address", "body", "/ext/nested/email", (1,)),
            ("plate_number", "websocket", "/*(base64)/plateNo", (4,)),
        }
        or seen is not None
    )
    assert ("mobile_number", "header", "/Authorization(base64)", (3,)) in places(seen)
    assert seen.unreadable_bodies == 1


@pytest.mark.parametrize("name", ["chrome", "firefox", "mitmproxy"])
def test_nothing_received_and_nothing_clear_is_told(name: str) -> None:
    told = repr(of(name))
    for clear in (
        "16300009999",
        "only-received",
        "16300001234",
        "16300001237",
        "zhou@",
        "1990-03-07",
        "9774d56d682e549c",
        "未名路8号3栋2单元",
    ):
        assert clear not in told, clear


def test_packed_captures_are_read() -> None:
    raw = (FOLDER / "chrome.har").read_bytes()
    expected = places(of("chrome"))
    for packed in (gzip.compress(raw), zlib.compress(raw, 9), b"\xef\xbb\xbf" + raw):
        assert places(audit(open_capture(packed), scanner=SCANNER)) == expected


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"{", b"[]", b"{}", b'{"log":{}}', b'{"log":{"entries":{}}}', b"not json", b"\x1f\x8b\x08", b"x\x9cno",
        (FOLDER / "chrome.har").read_bytes()[:2000], b"[" * 100_000, b'{"log":{"entries":[' + b'{"a":' * 5000,
    ],
)  # fmt: skip
def test_what_is_no_capture_is_refused_in_one_line(raw: bytes) -> None:
    with pytest.raises(RefusedError) as caught:
        open_capture(raw)
    assert caught.value.code == "discovery.har"
    assert "\n" not in str(caught.value)
    assert caught.value.hint


def test_odd_entries_are_counted() -> None:
    odd = [None, 1, {}, {"request": None}, {"request": {"url": 5}}, {"request": {"url": "http://[::1"}}]
    seen = audited({"log": {"entries": [*odd, {"request": {"url": "https://a.example/?phone=16300001234"}}]}})
    assert seen.unreadable_entries == len(odd)
    assert places(seen) == {("mobile_number", "query", "/phone", (7,))}


def test_no_post_data_and_null_parts() -> None:
    seen = sent(
        {
            "url": "https://a.example/",
            "method": None,
            "headers": None,
            "cookies": [None, 3],
            "queryString": {},
            "postData": None,
        }
    )
    assert (seen.observed, seen.requests) == ((), 1)
    assert (
        sent({"url": "https://a.example/", "postData": {"mimeType": None, "params": None, "text": None}}).observed == ()
    )


def test_deep_nesting_and_many_values_end() -> None:
    deep: object = {"phone": "16300001234"}
    for _ in range(200):
        deep = {"a": deep}
    for _ in range(12):
        deep = json.dumps(deep) if isinstance(deep, dict) else {"b": deep}
    seen = sent({"url": "https://a.example/", "postData": {"mimeType": "application/json", "text": json.dumps(deep)}})
    assert {o.items[0] for o in seen.observed} <= {"mobile_number"}
    many = json.dumps([f"x{i}" for i in range(110_000)])
    assert (
        sent({"url": "https://a.example/", "postData": {"mimeType": "application/json", "text": many}}).cut_short == 1
    )


def test_encoded_bodies_of_the_next_version() -> None:
    post = {"mimeType": "application/json", "encoding": "base64", "text": "eyJlbWFpbCI6ImFAYi5jbiJ9"}
    assert places(sent({"url": "https://a.example/", "postData": post})) == {("email_address", "body", "/email", (1,))}
    assert sent({"url": "https://a.example/", "postData": post | {"text": "%%%"}}).unreadable_bodies == 1


def test_empty_values_and_placeholders_are_none() -> None:
    text = json.dumps(
        {
            "phone": "",
            "idCard": None,
            "imei": "000000000000000",
            "mac": "02:00:00:00:00:00",
            "lat": 0,
            "contacts": [],
            "sex": "",
        }
    )
    assert (
        sent({"url": "https://a.example/", "postData": {"mimeType": "application/json", "text": text}}).observed == ()
    )


def test_keys_that_are_values_are_not_told() -> None:
    text = json.dumps({"16300001234": {"email": "a@example.com"}})
    seen = sent({"url": "https://a.example/16300001234/x", "postData": {"mimeType": "application/json", "text": text}})
    assert "16300001234" not in repr(seen)


def test_any_bytes_are_refused_or_read() -> None:
    rng = random.Random(6)
    whole = (FOLDER / "mitmproxy.har").read_bytes()
    for _ in range(100):
        raw = bytearray(whole)
        for _ in range(rng.randrange(1, 6)):
            raw[rng.randrange(len(raw))] = rng.randrange(256)
        with suppress(RefusedError):
            audit(open_capture(bytes(raw)), scanner=SCANNER)


def test_every_item_is_in_the_dictionary() -> None:
    known = set(items())
    assert {item for several in ITEMS_OF.values() for item in several} <= known
    assert {item for named in NAMED.values() for item in named.items} <= known
    assert set(ITEMS_OF) == set(What)
    assert all(key == plain_key(key) for key in NAMED)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("api.shop.example.cn", "example.cn"),
        ("a.b.com.cn", "b.com.cn"),
        ("192.0.2.1", "192.0.2.1"),
        ("localhost", "localhost"),
        ("", ""),
    ],
)
def test_site(host: str, expected: str) -> None:
    assert site(host) == expected


@pytest.mark.parametrize("key", ["mobile", "phone", "phoneNumber", "手机号"])
def test_a_telephone_of_sender_or_receiver_is_within_what_a_courier_may_require(key: str) -> None:
    body = {"sender": {key: "16300001234"}, "receiver": {key: "16300001235"}}
    seen = sent(
        {
            "method": "POST",
            "url": "https://a.example/o",
            "postData": {"mimeType": "application/json", "text": json.dumps(body)},
        }
    )
    necessary = set(ceiling((AppType("mail_express"),)))
    assert len(seen.observed) == 2
    assert all(set(one.items) & necessary for one in seen.observed)
