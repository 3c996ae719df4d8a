"""The disk fills in the middle: it is said, nothing is torn, and mail comes again when there is room."""

import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

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
def small_home() -> Iterator[Home]:
    """A home on a disk of its own."""
    home = new_home()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SMALL_MB}m,mode=700", "tmpfs", str(home.folder)]
    subprocess.run(mount, check=True, timeout=60)
    try:
        yield home
        assert home.inconsistencies() == []
    finally:
        subprocess.run(["umount", "--lazy", str(home.folder)], check=True, timeout=60)


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
