"""The disk fills in the middle: it is said, nothing is torn, and mail comes again when there is room."""

import subprocess
import urllib.request
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import randbytes

import pytest
from django.contrib.auth import get_user_model
from django.test import RequestFactory

from tests.scenarios.asked import bind, door
from tests.scenarios.halves import wait_for
from tests.support.home import Home, new_home
from tests.support.mailhost import MailHost, Person
from yizhan.services.messages.reading import list_messages
from yizhan.store.scope import Scope
from yizhan.web.pages import shell

pytestmark = [pytest.mark.root, pytest.mark.real]
SMALL_MB = 80
SECONDS = 100.0
NO_ROOM = "There is no room left on the disk"


@contextmanager
def small_disk(folder: Path, size_mb: int) -> Iterator[None]:
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size_mb}m,mode=700", "tmpfs", str(folder)]
    subprocess.run(mount, check=True, timeout=60)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True, timeout=60)


@contextmanager
def small_home() -> Iterator[Home]:
    """A home on a disk of its own."""
    home = new_home()
    with small_disk(home.folder, SMALL_MB):
        yield home
        assert home.inconsistencies() == []


@contextmanager
def home_with_small_blobs() -> Iterator[Home]:
    """A home whose messages are on another disk than the rest."""
    home = new_home()
    blobs = home.folder / "blobs"
    blobs.mkdir(mode=0o700)
    with small_disk(blobs, 1):
        yield home
        assert home.inconsistencies() == []


def fill(folder: Path) -> Path:
    """Everything that is left, to the last byte."""
    ballast = folder / "ballast"
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        while file.write(bytes(1024 * 1024)):
            pass
    return ballast


def letter(subject: str) -> bytes:
    return f"From: li@example.com\r\nSubject: {subject}\r\n\r\nHello\r\n".encode()


def subjects(scope: Scope) -> set[str]:
    return {each["subject"] for each in list_messages(scope, None, "inbox", 50, None)}


def pages_say_so() -> bool:
    request = RequestFactory().get("/")
    request.user = get_user_model()()  # nobody in particular, signed in
    return bool(shell(request)["is_room_short"])


def test_mail_waits_for_room_and_comes_by_itself(mailhost: MailHost, alice: Person) -> None:
    with small_home() as home, door(home) as scope, home.serve() as serving:
        bind(scope, mailhost, alice)
        mailhost.dovecot.deliver(alice.address, letter("before"))
        wait_for("the first", lambda: "before" in subjects(scope), SECONDS)
        ballast = fill(home.folder)
        mailhost.dovecot.deliver(alice.address, letter("while it is full"))
        wait_for("the loops to wait", lambda: "loop_waits" in serving.output, SECONDS)
        assert NO_ROOM in home.cli("accounts", "list").err
        assert pages_say_so()
        with urllib.request.urlopen(serving.url, timeout=60) as page:
            assert page.status == 200
        ballast.unlink()
        assert not pages_say_so()
        wait_for("what waited", lambda: "while it is full" in subjects(scope), SECONDS)
        assert "child_died" not in serving.output


def test_what_is_new_is_listed_though_its_text_does_not_fit(mailhost: MailHost, alice: Person) -> None:
    with home_with_small_blobs() as home, door(home) as scope, home.serve() as serving:
        bind(scope, mailhost, alice)
        noise = [urlsafe_b64encode(randbytes(500_000)) for _ in range(4)]
        large = [letter(f"large {number}") + text for number, text in enumerate(noise)]
        mailhost.dovecot.deliver(alice.address, *large)
        wait_for("what is new", lambda: len(subjects(scope)) == len(large), SECONDS)
        wait_for("the bodies to wait", lambda: "bodies_wait_for_room" in serving.output, SECONDS)
        mailhost.dovecot.deliver(alice.address, letter("after that"))
        wait_for("what came after", lambda: "after that" in subjects(scope), SECONDS)
        assert "round_failed" not in serving.output
