"""Changing one value of a settings file, with every remark and line around it left as it is."""

import json
import re


def with_value(text: str, *, table: str, key: str, value: str) -> str:
    """Give a TOML text in which a table's key has this string; an empty string leaves the key out, as a remark.

    The line that has the key, or has it as a remark, is the one that changes; where there is none it comes behind the
    table's head, and a table that is not there at the end.
    """
    line = f"{key} = {json.dumps(value, ensure_ascii=False)}" if value else None
    lines = text.split("\n")
    head = next((at for at, one in enumerate(lines) if re.fullmatch(rf"\s*\[{re.escape(table)}\]\s*(#.*)?", one)), None)
    if head is None:
        return text if line is None else text.rstrip("\n") + f"\n\n[{table}]\n{line}\n"
    end = next((at for at in range(head + 1, len(lines)) if re.match(r"\s*\[", lines[at])), len(lines))
    for mark in ("", "# ?"):
        for at in range(head + 1, end):
            if re.match(rf"\s*{mark}{re.escape(key)}\s*=", lines[at]):
                lines[at] = line if line is not None else "# " + lines[at].lstrip("# ")
                return "\n".join(lines)
    if line is not None:
        lines.insert(head + 1, line)
    return "\n".join(lines)
