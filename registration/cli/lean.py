"""A lean start: servers run without docstrings and asserts, which each web process would hold."""

import os
import sys
from collections.abc import Sequence
from importlib.util import cache_from_source
from pathlib import Path

NO_DOCSTRINGS = 2
"""``python -OO`` (python(1)): 6 MB less in each web process."""


def serves(arguments: Sequence[str]) -> bool:
    """Return whether a command line asks for a server, and not for its help."""
    return bool({"serve", "--serve"} & set(arguments)) and not {"-h", "--help"} & set(arguments)


def begin() -> None:
    """Run this program anew in the same process, as ``python -OO``, unless it already is.

    Where compiled files are neither there nor can be kept, each start would compile the whole
    program, which takes seconds: then nothing is done.
    """
    if sys.flags.optimize < NO_DOCSTRINGS and _keeps_compiled_files():
        sys.stdout.flush()
        os.execv(sys.executable, [sys.executable, "-OO", *sys.orig_argv[1:]])  # noqa: S606  # this program


def _keeps_compiled_files() -> bool:
    import click  # noqa: PLC0415  # one of the libraries, all of which lie beside it

    compiled = Path(cache_from_source(click.__file__, optimization=NO_DOCSTRINGS))
    return compiled.exists() or os.access(compiled.parent, os.W_OK)
