"""A file is looked at without opening it anywhere else; one that cannot be shown says so."""

import pytest

from tests.mime.pictures import claim_size, look, make_pdf, make_picture
from tests.services.letters import make_letter, receive
from yizhan.base.errors import NotFound
from yizhan.base.ids import MessageId, WorkspaceId
from yizhan.services.messages import reading
from yizhan.services.messages.previews import open_preview
from yizhan.store.models import Message
from yizhan.store.scope import Scope


def receive_files(scope: Scope) -> Message:
    letter = make_letter()
    letter.add_attachment(make_picture((90, 60)), maintype="image", subtype="png", filename="photo.png")
    letter.add_attachment(b"PK", maintype="application", subtype="zip", filename="all.zip")
    letter.add_attachment(make_pdf((300, 200), (300, 200)), maintype="application", subtype="pdf", filename="合同.pdf")
    letter.add_attachment("价格 100", filename="prices.txt")
    letter.add_attachment(claim_size(60_000, 60_000), maintype="image", subtype="png", filename="bomb.png")
    return receive(scope, letter.as_bytes())


def test_pictures_documents_and_texts_are_shown(scope: Scope) -> None:
    message = MessageId(receive_files(scope).pk)
    picture = open_preview(scope, message, "2")
    assert (picture.kind, picture.filename, look(picture.picture).size) == ("picture", "photo.png", (90, 60))
    document = open_preview(scope, message, "4")
    assert (document.kind, document.pages, look(document.picture).format) == ("pdf", 2, "WEBP")
    text = open_preview(scope, message, "5")
    assert (text.kind, text.text.strip(), text.more) == ("text", "价格 100", False)


def test_what_cannot_be_shown_says_so(scope: Scope) -> None:
    message = MessageId(receive_files(scope).pk)
    assert open_preview(scope, message, "3").kind == ""
    broken = open_preview(scope, message, "6")
    assert (broken.kind, broken.picture, broken.filename) == ("", b"", "bomb.png")


def test_a_preview_leads_to_the_files_beside_it_that_can_be_shown(scope: Scope) -> None:
    message = MessageId(receive_files(scope).pk)
    previews = {part: open_preview(scope, message, part) for part in ("2", "4", "3")}
    assert (previews["2"].before, previews["2"].after) == ("", "4")
    assert (previews["4"].before, previews["4"].after) == ("2", "5")
    assert (previews["3"].before, previews["3"].after) == ("", "")


def test_an_opened_message_says_which_files_can_be_shown(scope: Scope) -> None:
    opened = reading.open_message(scope, MessageId(receive_files(scope).pk))
    assert [file["preview"] for file in opened["attachments"]] == ["picture", "", "pdf", "text", "picture"]


def test_the_file_of_another_workspace_is_not_there(scope: Scope) -> None:
    message = MessageId(receive_files(scope).pk)
    with pytest.raises(NotFound):
        open_preview(Scope(WorkspaceId(scope.workspace_id + 1)), message, "2")
    with pytest.raises(NotFound):
        open_preview(scope, message, "9")
