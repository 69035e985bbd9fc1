"""`python -m seawall` is the `seawall` command."""

from seawall.cli import main

main()
