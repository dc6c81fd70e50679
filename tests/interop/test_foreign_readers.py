"""Tools of other authors, in three languages, accept suyuan's log and refuse it with any byte changed; network off.

"Refuse" is measured by what a tool reads: a changed byte that leaves every value it reads as it was (spare bits at the
end of base64, a name it never looks at) is one that it does not see, and the ways in which a tool may so be blind are
listed here and checked. Whatever any of them overlooks, `aics-tlog` and suyuan itself refuse.
"""

import base64
import json
import os
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.docs.pages import blocks, commands
from tests.interop.cases import CHECKPOINT, EXTRA, LOG, OLD_SIZE, Case, text_cases, tile_cases, true_cases
from tests.interop.conftest import shell
from tests.interop.log_under_test import PROVEN, SIZE
from tests.interop.offline import offline
from tests.ledger_world import KEY

from suyuan.crypto.merkle import Tree, leaf_hash
from suyuan.crypto.sign import SigningKey
from suyuan.errors import VerificationError
from suyuan.ledger import open_checkpoint
from suyuan.ledger.tiles import bundle_path, decode_bundle, encode_bundle, tile_path

TOOLS = ("go", "sigstore", "scales", "aics", "npm")
PAGE = Path(__file__).resolve().parents[2] / "docs/how-to/read-the-ledger-with-other-tools.md"
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
    """Decode the word at a place as loose readers do: either alphabet and nothing else, up to the padding, any spare bits."""
    start, end = re.compile(rb"\S*\Z").search(data, 0, at).start(), re.compile(rb"\S*").match(data, at).end()  # type: ignore[union-attr]
    before_padding = data[start:end].partition(b"=")[0].replace(b"-", b"+").replace(b"_", b"/")
    word = re.sub(rb"[^A-Za-z0-9+/]", b"", before_padding)
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
    tool: str,
    readers: dict[str, list[str]],
    story: dict[str, object],
    folder: Path,
    scratch: Path,
    *,
    every_value: bool,
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


@pytest.mark.parametrize("levels", [0, 1, 2])
@pytest.mark.parametrize("tool", OF_TILES)
def test_a_forged_entry_is_refused_though_the_tiles_above_it_agree(
    tool: str, levels: int, readers: dict[str, list[str]], story: dict[str, object], log_folder: Path, tmp_path: Path
) -> None:
    """One more level of tiles is forged each time, up to the one that the signed root hangs on.

    The library behind the Go reader took such tiles before version 0.40 (CVE-2026-56865).
    """
    shutil.copytree(log_folder / LOG, tmp_path / LOG)
    index, forged = EXTRA, b"forged"
    path = tmp_path / LOG / bundle_path(index // 256)
    held = decode_bundle(path.read_bytes())
    held[index % 256] = forged
    path.write_bytes(encode_bundle(held))
    node = leaf_hash(forged)
    for level in range(levels):
        index, slot = divmod(index, 256)
        path = tmp_path / LOG / tile_path(level, index=index)
        tile = path.read_bytes()
        tile = tile[: slot * 32] + node + tile[slot * 32 + 32 :]
        path.write_bytes(tile)
        node = Tree(tile).root
    (tmp_path / "old").write_bytes((log_folder / "old").read_bytes())
    cases = [Case(kind="tile", file="", entry=EXTRA), Case(kind="tile", file="", entry=SIZE - 1)]
    read = judged(tool, cases, readers=readers, story=story, folder=tmp_path, scratch=tmp_path)
    assert 0 not in read
    # The way to the last entry does not lead through a forged tile.
    assert 1 in read


def test_tlog_scales_writes_the_same_proofs(
    readers: dict[str, list[str]], story: dict[str, object], log_folder: Path, tmp_path: Path
) -> None:
    cases = [Case(kind="written", file="", entry=index) for index in PROVEN]
    written = judged("scales", cases, readers=readers, story=story, folder=log_folder, scratch=tmp_path)
    for number, index in enumerate(PROVEN):
        ours = (log_folder / f"proof/{index}").read_text(encoding="utf-8")
        assert written[number] == re.sub(r"^extra .*\n", "", ours, flags=re.MULTILINE)


def test_the_page_about_these_tools_is_true(
    readers: dict[str, list[str]], story: dict[str, object], log_folder: Path, tmp_path: Path
) -> None:
    """Every command of the page runs, with the network off, and ends as it says."""
    (tmp_path / "ledger").symlink_to(log_folder / LOG)
    shutil.copy(log_folder / "old", tmp_path / "kept")
    one, two = story["Witnesses"]  # type: ignore[misc]
    other = SigningKey(b"\x08" * 32, name=KEY.verify_key.name)
    for name, vkey in {"log": story["Key"], "one": one, "two": two, "other": other.verify_key}.items():
        (tmp_path / f"{name}.vkey").write_text(f"{vkey}\n", encoding="ascii")
    folders = [str(Path(readers[tool][0]).parent) for tool in ("aics", "scales")]
    path = os.pathsep.join([*folders, os.environ["PATH"]])
    printed: dict[str, str] = {}
    for block in blocks(PAGE.read_text(encoding="utf-8")):
        for command in commands(block):
            done = subprocess.run(
                offline(["sh", "-c", command.text]), cwd=tmp_path, env=os.environ | {"PATH": path},
                capture_output=True, text=True, check=False,
            )  # fmt: skip
            assert done.returncode == command.exit_code, f"{command.text}\n{done.stdout}{done.stderr}"
            printed[" ".join(command.text.split()[:2])] = done.stdout
    leaf = (log_folder / f"leaf/{EXTRA}").read_text(encoding="utf-8")
    assert printed["tlog-tiles get-leaf"] == (tmp_path / "entry.json").read_text(encoding="utf-8") == leaf


def test_a_real_witness_tells_growth_from_rollback_and_fork(story: dict[str, object]) -> None:
    assert story["rollback"] == [409, f"{SIZE}\n"]
    assert story["fork"][0] == 422  # type: ignore[index]
    assert story["growing fork"][0] == 422  # type: ignore[index]
    assert story["again"] == 200
    kept = story["evidence"]
    assert [each["reason"].split()[0] for each in kept] == ["same", "consistency"]  # type: ignore[attr-defined]
    assert story["restored"] == "ledger.rolled_back"
    assert OLD_SIZE < SIZE
