"""The child processes of this one, so that a test sees that its own are gone whatever others run beside."""

from pathlib import Path


def children() -> set[int]:
    """Give the process numbers of the children that live, or are dead and not waited for."""
    tasks = Path("/proc/self/task").iterdir()
    return {int(child) for task in tasks for child in (task / "children").read_text().split()}
