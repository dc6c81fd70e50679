"""`python -m suyuan`: the same as the `suyuan` command."""

from suyuan.cli import main

if __name__ == "__main__":
    main()
