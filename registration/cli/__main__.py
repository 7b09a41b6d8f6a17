"""``python -m registration.cli``: the command `einlass` where it is not on the path."""

from registration.cli import main

main()
