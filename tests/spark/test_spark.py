"""Spark gives the answer of one process: on a real standalone master with two workers, one of which dies at work."""

import base64
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.command_line import ROOT, Done
from tests.spark_cluster import SparkCluster, free_port, running_cluster, spark_folder
from tests.split_world import NAMES, TOKENIZERS

ROWS = "".join(
    f"C{n:07},杨娜菲,1692301{n:04},yang.{n}@post.example,陕西省西安市未央区景塘街{n}号竹湾家园35幢1单元1208室\n"
    for n in range(100, 200)
)
STRANGERS = "".join(f"S{n},陈一,1692399{n:04},chen.{n}@post.example,北京市海淀区幸福里大街{n}号\n" for n in range(40))


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkCluster]:
    with running_cluster(tmp_path_factory.mktemp("spark")) as running:
        yield running


def suyuan(folder: Path, *arguments: str, environment: dict[str, str]) -> Done:
    """Run the command line as a program of its own, as a user with Spark does."""
    done = subprocess.run(
        [sys.executable, "-m", "suyuan", *arguments],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    return Done(code=done.returncode, out=done.stdout, err=done.stderr)


def test_a_trace_on_spark_says_what_a_trace_here_says(tmp_path: Path, cluster: SparkCluster) -> None:
    environment = {**cluster.environment, "TMPDIR": str(tmp_path)}

    def said(*arguments: str) -> str:
        done = suyuan(tmp_path, *arguments, environment=environment)
        assert (done.code, done.err.count("error")) == (0, 0), done.err
        return done.out

    (tmp_path / "people.csv").write_text("customer,name,phone,email,address\n" + ROWS, encoding="utf-8")
    said("init", "shop", "--origin", "log.example.org/shop")
    said(
        "release", "export", "people.csv", "--to", "acme", "--purpose", "fulfilment", "--contract", "C-7",
        "-o", "acme.csv", "--store", "shop",
    )  # fmt: skip
    leaked = (tmp_path / "acme.csv").read_text(encoding="utf-8") + STRANGERS + "C1,cut\n"
    (tmp_path / "leak.csv").write_bytes(leaked.encode("gb18030"))
    shutil.copytree(tmp_path / "shop", tmp_path / "twin")
    asked = ("trace", "dump", "leak.csv", "--exact-only", "--json")
    here = json.loads(said(*asked, "--store", "shop", "--unreadable", "here.csv"))
    there = json.loads(said(*asked, "--store", "twin", "--unreadable", "there.csv", "--engine", cluster.url))
    assert here["dump"]["matched"] == 100
    assert (here["dump"]["strangers"], here["dump"]["unreadable"]) == (40, 1)
    opened = [answer.pop("opened") for answer in (here, there)]
    assert opened[0]["entry"] == opened[1]["entry"]
    # Each was opened at its own time, up to which its timeline goes.
    assert [answer["timeline"].pop("until") for answer in (here, there)] == [one["at"] for one in opened]
    assert there == here
    assert (tmp_path / "there.csv").read_bytes() == (tmp_path / "here.csv").read_bytes()
    assert not list(tmp_path.glob("suyuan-spark-*")), "the run left its folder, and the keys in it"
    written = cluster.written()
    assert b"suyuan" in written, "Spark wrote no event log, so nothing was looked through"
    for value in ("杨娜菲", "16923010", "post.example", "景塘街"):
        assert value.encode() not in written
        assert value.encode("gb18030") not in written


def test_links_are_equal_to_the_last_bit_though_a_worker_dies(tmp_path: Path, cluster: SparkCluster) -> None:
    with subprocess.Popen(
        [sys.executable, ROOT / "tests/spark/links.py", cluster.url, tmp_path],
        env=cluster.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        told = []
        for line in process.stdout:
            told.append(line.split()[0])
            if told[-1] == "wave":
                cluster.kill_worker()
                (tmp_path / "go").touch()
        wrong = process.stderr.read() if process.stderr is not None else ""
    assert process.returncode == 0, wrong
    assert told == ["slots", "wave", "dashed", "quoted", "sharded", "doubted", "folder"]
    written = cluster.written()
    for tokenizer in TOKENIZERS.values():
        key = tokenizer.key
        for shown in (key, key.hex().encode(), base64.b64encode(key), repr(key).encode()):
            assert shown not in written, "a key of tokens is in what Spark wrote"
    for value in (*NAMES, "1400000", "somebody1"):
        assert value.encode() not in written
        assert value.encode("gb18030") not in written


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a store and a file to trace."""
    folder = tmp_path_factory.mktemp("shop")
    (folder / "people.csv").write_text("customer,name,phone,email,address\n" + ROWS, encoding="utf-8")
    made = suyuan(folder, "init", "shop", "--origin", "log.example.org/shop", environment=plain(folder))
    assert made.code == 0, made.err
    return folder


def plain(folder: Path) -> dict[str, str]:
    return {"PATH": "/usr/bin:/bin", "HOME": str(folder), "PYTHONPATH": f"{spark_folder()}:{ROOT / 'src'}"}


@pytest.mark.parametrize(
    ("engine", "code", "word"),
    [
        ("hadoop", 3, "the engine is none that suyuan knows"),
        ("spark://nowhere", 3, "the engine is none that suyuan knows"),
        ("local[0]", 3, "the engine is none that suyuan knows"),
        ("pyspark", 5, "pyspark is not installed"),
        ("java", 5, "there is no Java here"),
        ("master", 5, "no Spark master answers"),
    ],
)
def test_what_is_missing_is_one_clear_line(shop: Path, engine: str, code: int, word: str) -> None:
    environment, url = plain(shop), "local[2]"
    match engine:
        case "pyspark":
            environment["PYTHONPATH"] = str(ROOT / "src")
        case "java":
            environment["JAVA_HOME"] = str(shop / "none")
        case "master":
            url = f"spark://127.0.0.1:{free_port()}"
        case _:
            url = engine
    line = ("trace", "dump", "people.csv", "--store", "shop", "--exact-only", "--engine", url)
    done = suyuan(shop, *line, environment=environment)
    assert (done.code, done.out) == (code, ""), done.err
    first, hint = done.err.splitlines()
    assert first.startswith("suyuan: error: ")
    assert word in first
    assert hint.startswith("hint: ")
