"""What leaves as mbox and zip is what came."""

import io
import mailbox
import re
import zipfile
from pathlib import Path

import pytest

from tests.services.letters import make_letter, receive, receive_many
from tests.store.making import bind
from yizhan.base.errors import NotFound
from yizhan.base.ids import MailboxId, MessageId, WorkspaceId
from yizhan.services.messages.exporting import Exported, export_mailbox, zip_files
from yizhan.store.scope import Scope

QUOTED = b"Subject: x\r\n\r\nFrom here\r\n>From there\r\n From\r\n"


def test_an_mbox_holds_every_message_and_its_quoting_can_be_undone(scope: Scope, tmp_path: Path) -> None:
    rows = receive_many(bind(scope), [QUOTED, None, make_letter(Subject="报价").as_bytes()])
    told = Exported()
    written = b"".join(export_mailbox(scope, MailboxId(rows[0].mailbox_id), told))
    assert (told.written, told.absent) == (2, 1)
    assert written.startswith(b"From boris@example.org ")
    first = re.split(rb"(?m)^From .*\n", written)[1]
    assert re.sub(rb"(?m)^>(>*From )", rb"\1", first) == QUOTED.replace(b"\r\n", b"\n") + b"\n"
    (tmp_path / "out.mbox").write_bytes(written)
    box = mailbox.mbox(tmp_path / "out.mbox")
    assert len(box) == 2
    box.close()


def test_a_mailbox_of_somebody_else_is_not_exported(scope: Scope) -> None:
    row = receive(scope, QUOTED)
    with pytest.raises(NotFound):
        next(export_mailbox(Scope(WorkspaceId(scope.workspace_id + 1)), MailboxId(row.mailbox_id), Exported()))


def test_a_zip_has_every_file_under_a_safe_name_of_its_own(scope: Scope) -> None:
    letter = make_letter()
    for name in ("报价.pdf", "../报价.PDF", "счёт.pdf"):
        letter.add_attachment(b"x" + name.encode(), maintype="application", subtype="pdf", filename=name)
    row = receive(scope, letter.as_bytes())
    with zipfile.ZipFile(io.BytesIO(zip_files(scope, MessageId(row.pk)))) as archive:
        assert archive.namelist() == ["报价.pdf", "报价 (2).PDF", "счёт.pdf"]
        assert archive.read("счёт.pdf") == b"x" + "счёт.pdf".encode()


def test_a_message_without_files_has_no_zip(scope: Scope) -> None:
    row = receive(scope, QUOTED)
    with pytest.raises(NotFound):
        zip_files(scope, MessageId(row.pk))
