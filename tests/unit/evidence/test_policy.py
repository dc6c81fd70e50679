"""Who is believed: the log by its key, witnesses by their quorum, and nobody by a name alone."""

from dataclasses import replace
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.evidence_world import World, honest_world, secret

from suyuan.crypto.canonical import to_base64
from suyuan.crypto.sign import SigningKey
from suyuan.errors import RefusedError, VerificationError
from suyuan.evidence import statement, verify
from suyuan.evidence.policy import read_policy


class Witness:
    """A cosigner of type 4, written from the specification."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.private = Ed25519PrivateKey.from_private_bytes(secret("witness", name))
        self.public = b"\x04" + self.private.public_key().public_bytes_raw()
        self.key_id = sha256(name.encode() + b"\n" + self.public).digest()[:4]

    @property
    def vkey(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{to_base64(self.public)}"

    def line(self, text: str, *, time: int) -> str:
        signature = self.private.sign(f"cosignature/v1\ntime {time}\n{text}".encode())
        return f"— {self.name} {to_base64(self.key_id + time.to_bytes(8, 'big') + signature)}\n"


ONE, TWO, THREE = Witness("one.example"), Witness("two.example"), Witness("three.example")


@pytest.fixture(scope="module")
def world() -> World:
    return honest_world()


def cosigned(world: World, *by: tuple[Witness, int]) -> bytes:
    note = world.bundle.checkpoint.decode()
    text = note.rpartition("\n\n")[0] + "\n"
    lines = "".join(witness.line(text, time=time) for witness, time in by)
    return world.write(replace(world.bundle, checkpoint=(note + lines).encode()))


def policy(world: World, *rules: str) -> str:
    head = [f"log {world.bundle.vkey} https://log.example.org/", "# a comment", ""]
    return "\n".join([*head, *(f"witness {w.name[:3]} {w.vkey}" for w in (ONE, TWO, THREE)), *rules, ""])


def test_the_log_is_authenticated(world: World) -> None:
    verified = verify(world.write(), policy=policy(world, "quorum none"))
    assert verified.witnessed is not None
    assert verified.witnessed.at is None
    text = statement(verified)
    assert "Log authenticated" in text
    assert "No outside time: only the log's own clock" in text
    assert "无外部时间" in statement(verified, lang="zh")


def test_another_log_is_not(world: World) -> None:
    other = SigningKey(secret("other"), name=world.key.verify_key.name)
    with pytest.raises(VerificationError, match="does not name the key of the log"):
        verify(world.write(), policy=f"log {other.verify_key}\nquorum none\n")


def test_a_quorum_gives_outside_time(world: World) -> None:
    rules = policy(world, "group most 2 one two thr", "quorum most")
    verified = verify(cosigned(world, (ONE, 1_790_000_300), (THREE, 1_790_000_100)), policy=rules)
    assert verified.witnessed is not None
    assert verified.witnessed.at == 1_790_000_300
    assert set(verified.witnessed.names) == {"one", "thr"}
    assert "Outside time" in statement(verified)


@pytest.mark.parametrize(
    ("rules", "enough"),
    [
        (("quorum one",), True),
        (("quorum two",), False),
        (("group g any two thr", "quorum g"), False),
        (("group g any one two", "quorum g"), True),
        (("group g all one two", "quorum g"), False),
        (("group g any one two", "group h all g one", "quorum h"), True),
        (("group g any two thr", "group h all g one", "quorum h"), False),
    ],
)
def test_groups(world: World, rules: tuple[str, ...], enough: bool) -> None:
    data = cosigned(world, (ONE, 1_790_000_300))
    if enough:
        verify(data, policy=policy(world, *rules))
        return
    with pytest.raises(VerificationError, match="too few"):
        verify(data, policy=policy(world, *rules))


def test_a_false_cosignature_is_refused(world: World) -> None:
    class Liar(Witness):
        def line(self, text: str, *, time: int) -> str:
            return super().line(text + "x\n", time=time)

    data = cosigned(world, (Liar(ONE.name), 1_790_000_300))
    verify(data)
    with pytest.raises(VerificationError, match="signature does not verify"):
        verify(data, policy=policy(world, "quorum one"))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "no quorum"),
        ("quorum none", "no log"),
        ("quorum nobody", "line 1"),
        ("log x\nquorum none", "line 1: the vkey"),
        (f"log {ONE.vkey}\nquorum none", "line 1: expected a vkey of type 1"),
        (f"witness a {ONE.vkey}\nwitness a {TWO.vkey}", "line 2: the name is taken"),
        (f"witness none {ONE.vkey}", "line 1: the name is taken"),
        (f"witness a {ONE.vkey}\ngroup g 2 a", "line 2: expected any, all or a number"),
        (f"witness a {ONE.vkey}\ngroup g 0 a", "line 2: expected any, all or a number"),
        (f"witness a {ONE.vkey}\ngroup g any b", "line 2: a member"),
        (f"witness a {ONE.vkey}\ngroup g any a a", "line 2: a member"),
        ("group g any", "line 1: expected log"),
        ("quorum none\nquorum none", "line 2"),
        ("believe everybody", "line 1"),
    ],
)
def test_a_policy_that_says_nothing_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(RefusedError, match=complaint) as caught:
        read_policy(text)
    assert caught.value.code == "evidence.policy"


def test_a_key_counts_once(world: World) -> None:
    twin = f"witness twin {ONE.vkey}"
    with pytest.raises(RefusedError, match="share a key"):
        read_policy(policy(world, twin, "quorum none"))
