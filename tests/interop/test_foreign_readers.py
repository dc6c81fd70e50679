"""Tools of other authors, in three languages, accept suyuan's log and refuse it with any byte changed; network off.

"Refuse" is measured by what a tool reads: a changed byte that leaves every value it reads as it was (spare bits at the
end of base64, a name it never looks at) is one that it does not see, and the ways in which a tool may so be blind are
listed here and checked. Whatever any of them overlooks, `aics-tlog` and suyuan itself refuse.
"""

import base64
import json
import re
import subprocess
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.interop.cases import CHECKPOINT, EXTRA, LOG, OLD_SIZE, Case, text_cases, tile_cases, true_cases
from tests.interop.conftest import shell
from tests.interop.log_under_test import PROVEN, SIZE
from tests.interop.offline import offline
from tests.ledger_world import KEY

from suyuan.errors import VerificationError
from suyuan.ledger import open_checkpoint

TOOLS = ("go", "sigstore", "scales", "aics", "npm")
OF_TILES = ("go", "scales", "aics")
"""Those that read tiles, cosignatures and consistency; sigstore's two know the log's signature and inclusion."""

BASE64, SPACE, NAME = "spellings of base64", "kinds of white space", "the name before a signature"
BLIND = {"go": {BASE64}, "sigstore": {BASE64, NAME}, "npm": {BASE64, NAME}, "scales": {BASE64, SPACE}, "aics": set()}
"""What each tool does not look at, in a checkpoint."""


def judged(
    tool: str, cases: Sequence[Case], *, readers: dict[str, list[str]], story: dict[str, object], folder: Path,
    scratch: Path,
) -> dict[int, str]:  # fmt: skip
    """Let a tool judge cases with the network off; give what it read in each that it accepted."""
    job = {
        "Root": str(folder), "Log": LOG, "Key": story["Key"], "Witnesses": story["Witnesses"], "Old": "old",
        "Cases": [case.told() for case in cases],
    }  # fmt: skip
    (scratch / "job.json").write_text(json.dumps(job), encoding="utf-8")
    found = json.loads(shell(*offline([*readers[tool], scratch / "job.json"])))
    assert found["checked"] == len(cases)
    return {int(number): read for number, read in found["accepted"].items()}


def name_span(data: bytes, *, at: int) -> bool:
    """Say whether a place is in the name of a signature line."""
    return any(line.start(1) <= at < line.end(1) for line in re.finditer(rb"\xe2\x80\x94 (\S+) \S+\n", data))


def blindness(before: bytes, *, case: Case) -> str:
    """Name the reason for which a tool may read the same in a changed file; fails where there is none."""
    after = before[: case.at] + bytes([case.byte]) + before[case.at + 1 :]
    if name_span(before, at=case.at):
        return NAME
    if before[case.at : case.at + 1].isspace() and after[case.at : case.at + 1].decode("latin-1").isspace():
        return SPACE
    assert loosely_decoded(before, at=case.at) == loosely_decoded(after, at=case.at), f"{case}: for no known reason"
    return BASE64


def loosely_decoded(data: bytes, *, at: int) -> bytes:
    """Decode the word at a place as loose readers do: either alphabet, nothing but the alphabet, any spare bits."""
    start, end = re.compile(rb"\S*\Z").search(data, 0, at).start(), re.compile(rb"\S*").match(data, at).end()  # type: ignore[union-attr]
    word = re.sub(rb"[^A-Za-z0-9+/]", b"", data[start:end].replace(b"-", b"+").replace(b"_", b"/"))
    return base64.b64decode(word + b"=" * (-len(word) % 4))


@pytest.mark.parametrize("tool", TOOLS)
def test_the_log_is_accepted(
    tool: str, readers: dict[str, list[str]], story: dict[str, object], log_folder: Path, tmp_path: Path
) -> None:
    cases = true_cases(tiles=tool in OF_TILES)
    read = judged(tool, cases, readers=readers, story=story, folder=log_folder, scratch=tmp_path)
    refused = [case for number, case in enumerate(cases) if number not in read]
    assert not refused
    head = open_checkpoint((log_folder / CHECKPOINT).read_bytes(), keys=(KEY.verify_key,))
    assert head.size == SIZE
    assert read[0].startswith(f"{head.origin} {SIZE} {head.root.hex()} ")
    assert [read[1 + i].split()[0] for i in range(len(PROVEN))] == [str(index) for index in PROVEN]


@pytest.mark.parametrize("tool", TOOLS)
def test_a_changed_checkpoint_proof_or_leaf_is_refused(
    tool: str, readers: dict[str, list[str]], story: dict[str, object], log_folder: Path, tmp_path: Path
) -> None:
    require_refused(tool, readers, story, log_folder, tmp_path, every_value=False)


@pytest.mark.slow
@pytest.mark.parametrize("tool", TOOLS)
def test_every_other_value_of_every_byte_is_refused(
    tool: str, readers: dict[str, list[str]], story: dict[str, object], log_folder: Path, tmp_path: Path
) -> None:
    require_refused(tool, readers, story, log_folder, tmp_path, every_value=True)


def require_refused(
    tool: str, readers: dict[str, list[str]], story: dict[str, object], folder: Path, scratch: Path, *, every_value: bool
) -> None:
    changed = list(text_cases(folder, witnesses=tool in OF_TILES, every_value=every_value))
    true = [
        Case(kind="checkpoint", file=CHECKPOINT),
        Case(kind="proof", file=f"proof/{EXTRA}", leaf=f"leaf/{EXTRA}"),
    ]
    read = judged(tool, [*true, *changed], readers=readers, story=story, folder=folder, scratch=scratch)
    as_it_is = {case.kind: read.pop(number) for number, case in enumerate(true)}
    blind: Counter[str] = Counter()
    for number, said in read.items():
        case = changed[number - len(true)]
        assert said == as_it_is.get(case.kind), f"{tool} read something else and accepted it: {case}"
        blind[blindness((folder / case.file).read_bytes(), case=case)] += 1
    assert set(blind) <= BLIND[tool], f"{tool} overlooks {blind}"
    print(f"{tool}: {len(changed)} changed, {len(changed) - len(read)} refused, not seen: {dict(blind)}")


def test_suyuan_refuses_what_some_tools_overlook(log_folder: Path) -> None:
    note = (log_folder / CHECKPOINT).read_bytes()
    for case in text_cases(log_folder, witnesses=False, every_value=False):
        if case.kind == "checkpoint":
            with pytest.raises(VerificationError):
                open_checkpoint(note[: case.at] + bytes([case.byte]) + note[case.at + 1 :], keys=(KEY.verify_key,))


@pytest.mark.parametrize("tool", OF_TILES)
def test_a_changed_tile_bundle_or_consistency_proof_is_refused(
    tool: str, readers: dict[str, list[str]], story: dict[str, object], log_folder: Path, tmp_path: Path
) -> None:
    cases = list(tile_cases(log_folder, every_byte=False))
    read = judged(tool, cases, readers=readers, story=story, folder=log_folder, scratch=tmp_path)
    assert not read, f"{tool} accepts {[cases[number] for number in read]}"


@pytest.mark.slow
@pytest.mark.parametrize("tool", OF_TILES)
def test_every_changed_byte_of_a_tile_is_refused(
    tool: str, readers: dict[str, list[str]], story: dict[str, object], log_folder: Path, tmp_path: Path
) -> None:
    cases = list(tile_cases(log_folder, every_byte=True))
    read = judged(tool, cases, readers=readers, story=story, folder=log_folder, scratch=tmp_path)
    assert not read, f"{tool} accepts {[cases[number] for number in read]}"


def test_tlog_scales_writes_the_same_proofs(
    readers: dict[str, list[str]], story: dict[str, object], log_folder: Path, tmp_path: Path
) -> None:
    cases = [Case(kind="written", file="", entry=index) for index in PROVEN]
    written = judged("scales", cases, readers=readers, story=story, folder=log_folder, scratch=tmp_path)
    for number, index in enumerate(PROVEN):
        ours = (log_folder / f"proof/{index}").read_text(encoding="utf-8")
        assert written[number] == re.sub(r"^extra .*\n", "", ours, flags=re.MULTILINE)


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(offline(command), capture_output=True, text=True, check=False)


def test_by_hand_as_documented(
    readers: dict[str, list[str]], story: dict[str, object], log_folder: Path, tmp_path: Path
) -> None:
    """The commands of docs/explanation/interop.md, on the log and on a copy with one changed byte."""
    tlog_tiles = Path(readers["scales"][0]).with_name("tlog-tiles")
    aics_tlog = Path(readers["aics"][0]).with_name("aics-tlog")
    log, leaf = log_folder / LOG, (log_folder / f"leaf/{EXTRA}").read_text(encoding="utf-8")
    (tmp_path / "log.vkey").write_text(f"{story['Key']}\n", encoding="ascii")
    assert run(tlog_tiles, "get-leaf", "--check", log, str(EXTRA)).stdout == leaf
    keys = ["--vkey-file", tmp_path / "log.vkey"]
    witnesses = [word for vkey in story["Witnesses"] for word in ("--witness-key", vkey)]  # type: ignore[attr-defined]
    asked = [*keys, *witnesses, "--quorum", "2", "--tiles", log]
    for command in (
        ["verify-checkpoint", *asked],
        ["verify-inclusion", *asked, "--index", str(EXTRA), "--leaf", log_folder / f"leaf/{EXTRA}"],
        ["verify-consistency", *keys, "--tiles", log, "--old-checkpoint", log_folder / "old"],
    ):
        done = run(aics_tlog, *command)
        assert done.returncode == 0, done.stdout + done.stderr
        assert json.loads(done.stdout)["ok"] is True
    assert run(aics_tlog, "verify-checkpoint", *[*asked[:-3], "3", "--tiles", log]).returncode == 1
    (tmp_path / "leaf").write_text(leaf.replace('"e":', '"e": '), encoding="utf-8")
    assert run(aics_tlog, "verify-inclusion", *asked, "--index", str(EXTRA), "--leaf", tmp_path / "leaf").returncode == 1


def test_the_network_is_off() -> None:
    reach = "import socket; socket.create_connection(('192.0.2.1', 9), timeout=5)"
    done = run("python3", "-c", reach)
    assert done.returncode == 1
    assert "unreachable" in done.stderr


def test_a_real_witness_tells_growth_from_rollback_and_fork(story: dict[str, object]) -> None:
    assert story["rollback"] == [409, f"{SIZE}\n"]
    assert story["fork"][0] == 422  # type: ignore[index]
    assert story["growing fork"][0] == 422  # type: ignore[index]
    assert story["again"] == 200
    kept = story["evidence"]
    assert [each["reason"].split()[0] for each in kept] == ["same", "consistency"]  # type: ignore[attr-defined]
    assert story["restored"] == "ledger.rolled_back"
    assert OLD_SIZE < SIZE
