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


@pytest.mark.parametrize(
    "definition",
    [
        "`shop` text COMMENT '店铺;唯一)',",
        "`shop` text COMMENT 'it\\'s (1); 2',",
        "`shop` text, -- the sender's; its shop (see below)",
        "`shop` text /* the sender's); */,",
        "`shop` text # the sender's;\n,",
    ],
)
def test_strings_and_comments_end_no_create_table(tmp_path: Path, definition: str) -> None:
    path = tmp_path / "dump.sql"
    create = (
        f"CREATE TABLE `t` (\n  `id` int,\n  {definition}\n  `rcv_mobile` text,\n  `n` varchar(9)\n) ENGINE=InnoDB;\n"
    )
    rows = ",".join(f"({at},'13800000000','1390000000{at}','张伟')" for at in range(1, 9))
    path.write_text(f"{create}INSERT INTO `t` VALUES {rows};\n")
    dump = ingest(path, fields=FIELDS)
    assert [column.name for column in dump.columns] == ["id", "shop", "rcv_mobile", "n"]
    assert dump.table()["phone"].to_list() == [f"1390000000{at}" for at in range(1, 9)]


def test_a_quote_that_never_ends_takes_no_rows_with_it(tmp_path: Path) -> None:
    path = tmp_path / "dump.sql"
    create = "CREATE TABLE `t` (\n  `name` text DEFAULT ',\n  `phone` text\n);\n"
    path.write_text(f"{create}{PLAIN}")
    dump = ingest(path, fields=FIELDS)
    assert (dump.rows, dump.unreadable) == (3, 0)


@pytest.mark.parametrize(
    "before",
    [
        "  12  ",
        "7: ",
        "mysql> ",
        "MariaDB [shop]> ",
        "shop=# ",
        "2019-03-02T08:00:01.123456Z\t   12 Query\t",
        "190302  8:00:01\t   12 Query\t",
    ],
)
def test_what_a_log_or_a_prompt_puts_before_a_statement_is_gone_past(tmp_path: Path, before: str) -> None:
    path = tmp_path / "dump.sql"
    names = ("张伟", "李娜", "王芳", "赵强")
    rows = [f"INSERT INTO t (name, phone) VALUES ('{name}','1390000000{at}')" for at, name in enumerate(names)]
    path.write_text("".join(f"{before}{row}\n" for row in rows))
    dump = ingest(path, fields=FIELDS)
    assert (dump.table()["name"].to_list(), dump.unreadable) == ([*names], 0)
    assert [column.name for column in dump.columns] == ["name", "phone"]


@pytest.mark.parametrize("before", ["He said: ", "x = '", "SELECT 1; -- ", "a(1) Query "])
def test_words_before_a_statement_make_it_none(tmp_path: Path, before: str) -> None:
    path = tmp_path / "dump.sql"
    path.write_text(f"{PLAIN}{before}INSERT INTO {ROW};\n{PLAIN}")
    assert ingest(path, fields=FIELDS).rows == 6
