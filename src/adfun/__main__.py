"""`python -m adfun`: the command line."""

import sys

from adfun.cli import main

if __name__ == "__main__":
    sys.exit(main())
