"""What begins a statement of SQL whose rows are read, and what only looks like one."""

from pathlib import Path

import pytest
from tests.leaked_people import FIELDS

from suyuan.trace.ingest import ingest

PLAIN = (
    "INSERT INTO `t` (`name`,`phone`) VALUES ('张伟','13900000001'),('李娜','13900000002'),('王芳','13900000003');\n"
)
ROW = "`t` (`name`,`phone`) VALUES ('赵强','13900000004')"


@pytest.mark.parametrize(
    "statement",
    [
        f"/*!40000 INSERT */ INTO {ROW};",
        f"INSERT /*!32311 IGNORE */ INTO {ROW};",
        f"/*!50001 INSERT INTO {ROW} */;",
        f"/*M!100100 REPLACE */ INTO {ROW};",
        f"INSERT /*+ APPEND */ INTO {ROW};",
    ],
)
def test_what_mysql_executes_in_a_comment_is_read(tmp_path: Path, statement: str) -> None:
    path = tmp_path / "dump.sql"
    path.write_text(f"{PLAIN}{statement}\n{PLAIN}")
    dump = ingest(path, fields=FIELDS)
    assert (dump.rows, dump.unreadable) == (7, 0)
    assert dump.table()["phone"].to_list().count("13900000004") == 1


@pytest.mark.parametrize(
    "statement", [f"/* INSERT INTO {ROW}; */", f"-- INSERT INTO {ROW};", "/*!40000 ALTER TABLE `t` DISABLE KEYS */;"]
)
def test_what_stands_in_another_comment_is_no_row(tmp_path: Path, statement: str) -> None:
    path = tmp_path / "dump.sql"
    path.write_text(f"{PLAIN}{statement}\n{PLAIN}")
    dump = ingest(path, fields=FIELDS)
    assert (dump.rows, dump.unreadable) == (6, 0)
