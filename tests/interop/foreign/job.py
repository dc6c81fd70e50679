"""What the readers in Python share: the job they are given, files with one byte changed, the tlog-proof's text.

These files run under interpreters that do not have suyuan, and import nothing of it.
"""

import base64
import json
import sys
from pathlib import Path

HEADER = "c2sp.org/tlog-proof@v1"


class Job:
    """The cases to judge, and the files as each case sees them. A case changes one byte, or none where `at` < 0."""

    def __init__(self, path):
        told = json.loads(Path(path).read_text(encoding="utf-8"))
        self.root, self.log = Path(told["Root"]), told["Log"]
        self.key, self.witnesses, self.old = told["Key"], told["Witnesses"], told["Old"]
        self.cases = told["Cases"]
        self._kept = {}

    def file(self, name, case=None):
        """Give a file's bytes as a case sees them; None where there is no such file."""
        if name not in self._kept:
            place = self.root / name
            self._kept[name] = place.read_bytes() if place.is_file() else None
        data = self._kept[name]
        if case is None or case["File"] != name or case["At"] < 0:
            return data
        return data[: case["At"]] + bytes([case["Byte"]]) + data[case["At"] + 1 :]

    def proof(self, case):
        """Give leaf, index, path and checkpoint of a case about a proof or the leaf that it proves."""
        name = case["Leaf"].replace("leaf/", "proof/") if case["Kind"] == "leaf" else case["File"]
        return self.file(case["Leaf"], case), *split_proof(self.file(name, case))

    def consistency(self, case):
        """Give the hashes of a consistency proof."""
        data = self.file(case["File"], case)
        return [data[i : i + 32] for i in range(0, len(data), 32)]


def split_proof(data):
    """Read the text of a tlog-proof strictly; give index, path and the checkpoint's bytes."""
    head, found, checkpoint = data.partition(b"\n\n")
    lines = head.decode("utf-8").split("\n")
    if not found or lines.pop(0) != HEADER:
        raise ValueError("malformed tlog-proof")
    if lines[0].startswith("extra "):
        lines.pop(0)
    word, _, digits = lines.pop(0).partition(" ")
    if word != "index" or not digits.isascii() or not digits.isdigit() or str(int(digits)) != digits:
        raise ValueError("malformed tlog-proof")
    path = [base64.b64decode(line, validate=True) for line in lines]
    if any(len(item) != 32 for item in path) or [base64.b64encode(item).decode() for item in path] != lines:
        raise ValueError("malformed tlog-proof")
    return int(digits), path, checkpoint


def told(origin, *, size, root, signature):
    """Give what was read in a checkpoint, the same from every tool."""
    return f"{origin} {size} {root.hex()} {signature.hex()}"


def judge(check):
    """Judge each case of the job named on the command line, and print which were accepted and what was read."""
    job = Job(sys.argv[1])
    check = check(job)
    accepted = {}
    for number, case in enumerate(job.cases):
        try:
            accepted[str(number)] = check(case)
        except Exception as refusal:  # A tool may refuse in any way it likes.
            if case["At"] < 0:
                print(case["Kind"], case["File"], repr(refusal), file=sys.stderr)
    json.dump({"checked": len(job.cases), "accepted": accepted}, sys.stdout)


def read_proof(index, *, path, checkpoint):
    """Give what was read in a tlog-proof, the same from every tool."""
    return f"{index} [{' '.join(item.hex() for item in path)}] {checkpoint}"
