"""A few letters in the inbox of everybody who is there from the start, so that a demo has something to read."""

from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

_LETTERS = (
    ("Anna", "Добро пожаловать", "Здравствуйте!\n\nЭто письмо из песочницы: отсюда можно отвечать и пересылать.\n"),
    ("张伟", "关于下周的安排", "你好：\n\n下周三上午十点开会，材料见附件。\n\n张伟\n"),
    ("Maria", "Photos from the trip", "Hi!\n\nThe photos are in the attachment. Write back when you have seen them.\n"),
)
_HTML = (
    "<html><body><h1>News of the week</h1><p>A letter in <b>HTML</b>, with a picture from elsewhere:</p>"
    '<img src="https://tracker.invalid/pixel.gif" width="1" height="1" alt=""><p><a href="https://example.org/">Read on'
    "</a></p></body></html>"
)


def first_letters(address: str, now: datetime) -> list[tuple[bytes, datetime]]:
    """Each message with the moment it arrived, oldest first."""
    found = []
    for number, (name, subject, text) in enumerate(_LETTERS):
        at = now - timedelta(days=len(_LETTERS) - number, hours=3 * number)
        message = _letter(name, f"friend{number + 1}@demo.test", address, subject, at)
        message.set_content(text)
        if number:
            message.add_attachment(f"{subject}\n".encode(), maintype="text", subtype="plain", filename=f"{subject}.txt")
        found.append((message.as_bytes(), at))
    at = now - timedelta(hours=1)
    news = _letter("Newsletter", "news@demo.test", address, "News of the week", at)
    news.set_content("News of the week\n")
    news.add_alternative(_HTML, subtype="html")
    return [*found, (news.as_bytes(), at)]


def _letter(name: str, sender: str, recipient: str, subject: str, at: datetime) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"] = f"{name} <{sender}>"
    message["To"] = recipient
    message["Subject"] = subject
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{at.timestamp():.0f}.{sender.partition('@')[0]}.{recipient}>"
    return message
