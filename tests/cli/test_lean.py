"""Servers start without docstrings; everything else, and where that would be slow, does not."""

import os
import sys

import pytest

from registration.cli import lean


@pytest.mark.parametrize("arguments", [["serve"], ["serve", "--port", "1"], ["demo", "--serve"]])
def test_servers_are_known_by_their_command_lines(arguments: list[str]) -> None:
    assert lean.serves(arguments)
    assert not lean.serves([*arguments, "--help"])


def test_other_commands_keep_their_texts() -> None:
    assert not lean.serves(["demo"])


@pytest.mark.parametrize("keeps", [True, False])
def test_the_program_begins_anew_only_where_compiled_files_last(
    keeps: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun: list[list[str]] = []
    monkeypatch.setattr(os, "execv", lambda _program, arguments: begun.append(arguments))
    monkeypatch.setattr(lean, "_keeps_compiled_files", lambda: keeps)
    lean.begin()
    assert begun == ([[sys.executable, "-OO", *sys.orig_argv[1:]]] if keeps else [])
