"""Profiles: browsers that keep what they know in a folder, are killed, and are searched."""

import base64
import re
import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType

import psutil
from playwright.sync_api import BrowserContext, Error, Page, Playwright

from tests.browser.gates import LONG, PHONE

PATIENCE = 60
NOTICES_AFTER = 1.0
GZIP = b"\x1f\x8b\x08"
WITNESS = """
(() => {
    const watch = () => {
        const screen = document.getElementById("verdict");
        if (!screen) return;
        const tell = () => {
            if (!screen.hidden) window.witness(screen.dataset.tone ?? "", screen.textContent ?? "");
        };
        new MutationObserver(tell).observe(screen,
            { attributes: true, childList: true, subtree: true, characterData: true });
    };
    if (document.readyState === "loading") addEventListener("DOMContentLoaded", watch);
    else watch();
})();
"""


class Profile:
    """One phone's browser: its folder stays, whatever becomes of its processes."""

    def __init__(self, playwright: Playwright, chromium: str, folder: Path, film: Path) -> None:
        self.folder = folder
        self.witnessed: list[tuple[str, str]] = []
        """What people have seen on the whole screen: tone and text."""
        self._playwright = playwright
        self._chromium = chromium
        self._film = film
        self._context: BrowserContext | None = None
        self.page: Page

    def open(self, *, offline: bool) -> None:
        """Start the browser."""
        context = self._playwright.chromium.launch_persistent_context(
            self.folder,
            executable_path=self._chromium,
            viewport=PHONE,  # type: ignore[arg-type]  # as Playwright types a size
            locale="en-GB",
            args=[
                "--no-sandbox",
                "--use-fake-ui-for-media-stream",
                "--use-fake-device-for-media-stream",
                f"--use-file-for-fake-video-capture={self._film}",
            ],
        )
        context.set_offline(offline)
        context.expose_binding("witness", self._witness)
        context.add_init_script(WITNESS)
        self._context = context
        self.page = context.pages[0] if context.pages else context.new_page()

    def _witness(self, _source: object, tone: str, text: str) -> None:
        self.witnessed.append((tone, " ".join(text.split())))

    def set_offline(self, offline: bool) -> None:
        """Take the network away, or give it back."""
        assert self._context is not None
        self._context.set_offline(offline)

    def close(self) -> None:
        """End the browser in good order."""
        if self._context is not None:
            with suppress(Error):
                self._context.close()
        self._context = None

    def kill_tab(self) -> None:
        """Kill the processes of its pages, as a phone short of memory does; open another page."""
        assert self._context is not None
        killed = []
        with self.page.expect_event("crash", timeout=LONG):
            for process in self._processes():
                with suppress(psutil.NoSuchProcess):
                    if "--type=renderer" in process.cmdline():
                        process.kill()
                        killed.append(process)
        psutil.wait_procs(killed, timeout=PATIENCE)
        # Chromium gives a new page to a process that was idle, also to one it thinks still lives.
        time.sleep(NOTICES_AFTER)
        self.page = self._context.new_page()

    def kill(self) -> None:
        """Kill the browser with all its processes, as an empty battery does."""
        for process in self._processes():
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self.close()

    def _processes(self) -> list[psutil.Process]:
        own = f"--user-data-dir={self.folder}"
        found: list[psutil.Process] = []
        for process in psutil.process_iter(["cmdline"]):
            if own in (process.info["cmdline"] or []):
                with suppress(psutil.NoSuchProcess):
                    found += [process, *process.children(recursive=True)]
        return found

    def __enter__(self) -> "Profile":
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.close()


def holding(folder: Path, words: Sequence[str]) -> dict[str, set[str]]:
    """Return the files of a folder in which one of the words can be read, with the words.

    Looked for as it is and in small letters, in UTF-8, Latin-1 and UTF-16, in base64 and
    percent-encoded, also inside of what gzip has packed.
    """
    forms = {form: word for word in words for form in set(_forms(word))}
    pattern = re.compile(b"|".join(re.escape(form) for form in sorted(forms, key=len)[::-1]))
    found: dict[str, set[str]] = {}
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.is_symlink():
            continue
        for data in _readings(path.read_bytes()):
            for match in pattern.finditer(data):
                found.setdefault(str(path.relative_to(folder)), set()).add(forms[match.group()])
    return found


def _forms(word: str) -> Iterator[bytes]:
    for text in {word, word.lower(), word.upper()}:
        yield text.encode()
        yield text.encode("latin-1")
        yield text.encode("utf-16-le")
        yield re.sub(rb"[^\x21-\x7e]", lambda b: b"%%%02X" % b.group()[0], text.encode())
        yield text.encode("ascii", "backslashreplace")
        for data in (text.encode(), text.encode("utf-16-le")):
            for shift in range(3):  # the letters depend on where in the data the word begins
                start = -(-shift * 8 // 6)
                letters = base64.b64encode(b"\0" * shift + data)[start + (shift > 0) :]
                yield letters.rstrip(b"=")[:-1]


def _readings(data: bytes) -> Iterator[bytes]:
    yield data
    for start in (match.start() for match in re.finditer(re.escape(GZIP), data)):
        with suppress(zlib.error):
            yield zlib.decompressobj(31).decompress(data[start:])
