"""Drafts: kept as they are typed, whatever two windows do, with whole files."""

import io
from datetime import datetime
from typing import Any

import pytest

from tests.services.letters import make_letter, receive
from tests.store.making import NOON, bind
from tests.store.threads import at_once
from yizhan.base.errors import BadInput, NotFound
from yizhan.base.ids import DraftId, MessageId
from yizhan.services.outbox.submitting import MAX_MESSAGE_BYTES, MessageTooLarge
from yizhan.services.writing import drafts
from yizhan.services.writing.beginning import begin
from yizhan.services.writing.content import DraftTooLong, read_content
from yizhan.services.writing.drafts import DraftMovedOn, TooManyFiles
from yizhan.store import blobs
from yizhan.store.models import Blob, Draft, DraftFile
from yizhan.store.scope import Scope


class FixedClock:
    def now(self) -> datetime:
        return NOON

    def monotonic(self) -> float:
        return 0.0


CLOCK = FixedClock()


def write(scope: Scope, **content: Any) -> dict[str, Any]:
    return drafts.create(scope, content, clock=CLOCK)


def save(scope: Scope, draft: dict[str, Any], **content: Any) -> dict[str, Any]:
    return drafts.save(scope, DraftId(draft["id"]), draft["version"], content, CLOCK)


def test_a_draft_keeps_each_saving_as_its_next_version(scope: Scope) -> None:
    draft = write(scope, subject="报价")
    saved = save(scope, draft, subject="报价", html="<p>Добрый день</p>", to="陈工 <chen@example.cn>")
    assert (draft["version"], saved["version"]) == (1, 2)
    assert drafts.find(scope, DraftId(draft["id"])) == saved
    assert saved["content"] == {
        **read_content({}),
        "subject": "报价",
        "html": "<p>Добрый день</p>",
        "to": "陈工 <chen@example.cn>",
    }


def test_two_windows_on_one_draft_lose_nothing(scope: Scope) -> None:
    draft = write(scope, subject="begun")
    drafts.attach(scope, DraftId(draft["id"]), "价格.pdf", "application/pdf", b"%PDF")
    first = save(scope, draft, subject="begun", text="from the first window")
    with pytest.raises(DraftMovedOn) as moved:
        save(scope, draft, subject="begun", text="from the second window")
    second = drafts.find(scope, moved.value.draft_id)
    assert moved.value.newest == drafts.find(scope, DraftId(draft["id"]))
    assert (moved.value.newest["content"], second["content"]["text"]) == (first["content"], "from the second window")
    assert [each["name"] for each in second["files"]] == ["价格.pdf"]
    assert len(drafts.list_drafts(scope)) == 2


def test_saving_the_same_words_again_is_no_conflict(scope: Scope) -> None:
    draft = write(scope)
    once = save(scope, draft, text="an answer that was lost on its way")
    assert save(scope, draft, text="an answer that was lost on its way") == once
    assert Draft.objects.count() == 1


def test_of_many_savings_at_once_all_words_are_kept(scope: Scope) -> None:
    draft = write(scope)
    moved: list[DraftId] = []

    def type_in(window: int) -> None:
        try:
            save(scope, draft, text=f"window {window}")
        except DraftMovedOn as conflict:
            moved.append(conflict.draft_id)

    at_once(4, type_in)
    texts = {each["content"]["text"] for each in drafts.list_drafts(scope)}
    assert (len(moved), texts) == (3, {f"window {window}" for window in range(4)})


def test_a_file_is_kept_whole_and_goes_with_its_draft(scope: Scope) -> None:
    draft = DraftId(write(scope)["id"])
    made = drafts.attach(scope, draft, "../отчёт.pdf", "application/pdf; x=1", io.BytesIO(b"%PDF" * 100))
    assert (made["name"], made["size_bytes"], made["content_type"]) == ("отчёт.pdf", 400, "application/pdf")
    assert drafts.open_file(scope, draft, made["id"]) == (made, b"%PDF" * 100, "")
    drafts.discard(scope, draft, CLOCK)
    assert blobs.collect_unheld(grace=-1) == 1
    assert (DraftFile.objects.count(), Blob.objects.count()) == (0, 0)


class BreaksOff(io.BytesIO):
    """An upload that ends in the middle."""

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell() > 0:
            raise ConnectionResetError
        return super().read(10)


def test_a_file_that_breaks_off_leaves_nothing(scope: Scope) -> None:
    draft = DraftId(write(scope)["id"])
    with pytest.raises(ConnectionResetError):
        drafts.attach(scope, draft, "half.bin", "", BreaksOff(b"x" * 100))
    assert (drafts.find(scope, draft)["files"], Blob.objects.count()) == ([], 0)


def test_files_are_bounded_in_number_and_together(scope: Scope) -> None:
    draft = DraftId(write(scope)["id"])
    made = drafts.attach(scope, draft, "a", "", b"12345678")
    row = DraftFile.objects.get(pk=made["id"])
    DraftFile.objects.bulk_create(DraftFile(draft_id=draft, name="b", blob_id=row.blob_id) for _ in range(99))
    with pytest.raises(TooManyFiles):
        drafts.attach(scope, draft, "c", "", b"")
    with pytest.raises(MessageTooLarge):
        drafts.check_size([MAX_MESSAGE_BYTES // 2, MAX_MESSAGE_BYTES // 2])
    assert len(drafts.find(scope, draft)["files"]) == drafts.MAX_FILES


def test_51_mib_of_files_fit_and_no_more() -> None:
    assert drafts.encoded_size(51 * 1024 * 1024) < MAX_MESSAGE_BYTES < drafts.encoded_size(52 * 1024 * 1024)
    assert [drafts.encoded_size(size) for size in (0, 1, 57, 58)] == [0, 6, 78, 84]


def test_a_picture_of_the_text_is_known_by_its_cid_wherever_it_was_shown(scope: Scope) -> None:
    draft = write(scope)
    made = drafts.attach(scope, DraftId(draft["id"]), "p.png", "image/png", b"\x89PNG\r\n\x1a\n", "p1@yizhan\r\nX: y")
    shown = f'<img src="http://localhost:1/drafts/9/files/{made["id"]}"><img src="/drafts/1/files/999">'
    saved = save(scope, draft, html=shown)
    assert saved["content"]["html"] == '<img src="cid:p1@yizhanXy"><img src="/drafts/1/files/999">'
    assert drafts.open_file(scope, DraftId(draft["id"]), made["id"])[2] == "image/png"


def test_an_answer_stands_in_its_thread_and_a_forwarded_message_brings_its_files(scope: Scope) -> None:
    letter = make_letter()
    letter.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="报价.pdf")
    origin = MessageId(receive(scope, letter.as_bytes()).pk)
    reply = begin(scope, {}, CLOCK, origin=origin, act="reply")
    forward = begin(scope, {}, CLOCK, origin=origin, act="forward")
    whole = begin(scope, {}, CLOCK, origin=origin, act="forward_attached")
    rows = {row.act: row for row in Draft.objects.all()}
    assert (rows["reply"].in_reply_to, rows["reply"].references) == (
        "<q1@example.org>",
        ["<q0@example.org>", "<q1@example.org>"],
    )
    assert (rows["forward"].in_reply_to, reply["files"]) == ("", [])
    assert [(each["name"], each["content_type"]) for each in forward["files"]] == [("报价.pdf", "application/pdf")]
    assert [(each["name"], each["content_type"]) for each in whole["files"]] == [("Price.eml", "message/rfc822")]
    assert drafts.open_file(scope, DraftId(whole["id"]), whole["files"][0]["id"])[1] == letter.as_bytes()


@pytest.mark.parametrize(
    "content", [None, [], {"to": 5}, {"from": "1"}, {"from": -1}, {"from": 2**63}, {"from": True}, {"html": None}]
)
def test_what_is_no_draft_is_refused(content: object) -> None:
    with pytest.raises(BadInput):
        read_content(content)


def test_a_text_without_end_is_refused() -> None:
    with pytest.raises(DraftTooLong):
        read_content({"text": "長" * 1_000_000})


def test_nobody_elses_draft_account_or_message_is_found(scope: Scope) -> None:
    account = bind(scope)
    stranger = Scope(scope.workspace_id + 1)  # type: ignore[arg-type]
    draft = DraftId(write(scope, **{"from": account.pk})["id"])
    for asked in (
        lambda: drafts.find(stranger, draft),
        lambda: drafts.save(stranger, draft, 1, {}, CLOCK),
        lambda: drafts.attach(stranger, draft, "a", "", b""),
        lambda: drafts.discard(stranger, draft, CLOCK),
        lambda: write(scope, **{"from": account.pk + 1}),
        lambda: begin(scope, {}, CLOCK, origin=MessageId(1), act="reply"),
    ):
        with pytest.raises(NotFound):
            asked()
    assert drafts.list_drafts(stranger) == []
