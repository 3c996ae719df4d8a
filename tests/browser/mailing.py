"""Letters that look like real ones, and a person at the mail pages."""

import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from playwright.async_api import Page

from tests.support.home import Home, Serving, new_home
from tests.support.mailhost import MailHost, Person
from tests.support.planted import planted_word


def _chunk(kind: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")


PNG = (
    b"\x89PNG\r\n\x1a\n"
    + _chunk(b"IHDR", bytes([0, 0, 0, 1, 0, 0, 0, 1, 8, 2, 0, 0, 0]))
    + _chunk(b"IDAT", zlib.compress(b"\0\x2a\x54\x95"))
    + _chunk(b"IEND", b"")
)
QUOTE = """<html><head><style>td{padding:6px 12px}</style></head><body>
<p>Добрый день, Ли Вэй!</p>
<p>Благодарим за образцы. Просим выслать цену <b>CIF Новороссийск</b> и срок изготовления по позициям:</p>
<table border="1" cellpadding="8" width="100%"><tr><th align="left">Модель</th><th align="left">Мощность</th>
<th align="left">Цвет</th><th align="right">Кол-во</th></tr>
<tr><td>PL-6060-36</td><td>36 Вт</td><td>4000 K</td><td align="right">1 600</td></tr>
<tr><td>PL-6060-40</td><td>40 Вт</td><td>4000 K</td><td align="right">800</td></tr></table>
<p>Драйвер без пульсации, гарантия 3 года. Спецификация и чертёж во вложении. Ответ нужен до <b>27 ноября</b>.</p>
<img src="http://img.velmart.example/banner.png" width="520" height="68">
<img src="http://track.velmart.example/o?u=1" width="1" height="1">
<p>С уважением,<br>Полина Верхова, отдел закупок <img src="cid:logo@velmart" width="12" height="12" alt="Велмарт"></p>
<script>parent.document.title = "hit"</script></body></html>"""
OTHERS = (
    (
        "Jonas Thalberg",
        "Re: PI-2611-087, revised payment terms",
        "We can agree to 30/70 against copy of B/L, provided the vessel sails before 5 December.",
    ),
    ("许知微", "11 月出运计划（含两柜改港）", "各位好，附件为更新后的出运计划，青岛两柜改走宁波，请确认。"),
    (
        "Baltfreight 订舱",
        "Booking confirmed BF-740218 / SI cut-off 25 Nov",
        "Vessel NORDIC PINE v.048W, ETD Ningbo 28 Nov, please send the shipping instruction.",
    ),
    ("晟桥灯饰 · 阮经理", "回复：面板灯 2400 套交期确认", "李总您好，驱动已到料，12 月 10 日前可以全部出齐。"),
    ("Аскар Темирулы", "Образцы получены, спасибо", "Образцы пришли вчера, качество устраивает. Просим счёт."),
    (
        "Mireille Okonjo",
        "Sample feedback and next order",
        "The diffuser finish is exactly what our buyers wanted, see photos.",
    ),
    (
        "Савва Лукич",
        "Вопрос по гарантии, партия 2604",
        "Здравствуйте! Три светильника из партии мерцают, фото во вложении.",
    ),
)


def letter(name: str, address: str, to: str, subject: str, text: str, at: datetime) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"] = f'"{name}" <{address}>' if name else address
    message["To"] = to
    message["Subject"] = subject
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{abs(hash((subject, at)))}@velmart.example>"
    message.set_content(text)
    return message


def inquiry(sender: Person, to: str) -> bytes:
    """A letter with a table, a remote picture, a counting pixel, a picture of its own, a script and two files."""
    message = letter(
        "Полина Верхова",
        sender.address,
        to,
        "Запрос цены: светодиодные панели 600×600, 2 400 шт.",
        "Добрый день, Ли Вэй!",
        datetime.now(UTC),
    )
    message["Cc"] = "Отдел продаж <sales@lanchuan.example>"
    message.add_alternative(QUOTE, subtype="html")
    message.get_payload()[1].add_related(PNG, "image", "png", cid="<logo@velmart>")  # type: ignore[union-attr]
    message.add_attachment(
        b"%PDF-1.7 " + b"x" * 1_750_000, maintype="application", subtype="pdf", filename="Спецификация_PL6060.pdf"
    )
    message.add_attachment(
        b"<script>alert(1)</script>" * 90, maintype="text", subtype="html", filename="Запрос_2611.html"
    )
    return message.as_bytes()


def fill(mailhost: MailHost, person: Person, count: int) -> None:
    """So many letters of the last days in the person's inbox."""
    now = datetime.now(UTC)
    for number in range(count):
        name, subject, text = OTHERS[number % len(OTHERS)]
        at = now - timedelta(hours=2 + number * 3)
        more = "" if number < len(OTHERS) else f" ({number})"
        raw = letter(name, f"someone{number}@partner.example", person.address, subject + more, text, at).as_bytes()
        mailhost.dovecot.deliver(person.address, raw, at=at)


def bind(home: Home, mailhost: MailHost, person: Person, label: str) -> None:
    words = ["accounts", "add", person.address, "--secret-file", str(person.secret_file), "--label", label]
    words += ["--ca-file", str(mailhost.ca_file), "--imap", mailhost.imap, "--smtp", mailhost.smtp]
    done = home.cli(*words)
    assert done.code == 0, done.err


@dataclass(frozen=True, slots=True)
class Desk:
    """A signed-in person at a running Yizhan."""

    url: str
    page: Page

    async def open(self, path: str) -> None:
        await self.page.goto(self.url + path)


async def sit_down(page: Page, serving: Serving, language: str) -> Desk:
    """Make the owner by the one-time link and be signed in."""
    link = re.findall(r"http://localhost:\d+/setup/\S+", serving.output)[-1]
    await page.goto(link)
    await page.fill("[name=name]", "李维")
    await page.fill("[name=email]", "liwei@lanchuan.example")
    await page.fill("[name=password]", f"{planted_word()} of the owner")
    await page.check(f"[name=language][value={language}]", force=True)
    await page.click("main button.primary")
    await page.wait_for_url(lambda url: "/setup/" not in url)
    return Desk(serving.url.replace("127.0.0.1", "localhost"), page)


async def sign_in(page: Page, serving: Serving) -> Desk:
    """Sign in as the owner that `sit_down` made."""
    desk = Desk(serving.url.replace("127.0.0.1", "localhost"), page)
    await desk.open("/signin")
    await page.fill("[name=login]", "liwei@lanchuan.example")
    await page.fill("[name=password]", f"{planted_word()} of the owner")
    await page.click("main button.primary")
    await page.wait_for_url(lambda url: "/signin" not in url)
    return desk


@dataclass(slots=True)
class Office:
    """A Yizhan that several tests share, with two accounts and some mail."""

    home: Home
    serving: Serving
    mailhost: MailHost
    alice: Person
    bob: Person
    has_owner: bool = False

    async def enter(self, page: Page, language: str = "en") -> Desk:
        """Somebody signed in, in a fresh browser."""
        if self.has_owner:
            return await sign_in(page, self.serving)
        self.has_owner = True
        return await sit_down(page, self.serving, language)


@contextmanager
def open_office(mailhost: MailHost) -> Iterator[Office]:
    home = new_home()
    alice, bob = mailhost.new_person("alice"), mailhost.new_person("bob")
    fill(mailhost, alice, 60)
    mailhost.send(bob, alice.address, message=inquiry(bob, alice.address))
    mailhost.wait_for(alice, "PL6060")
    bind(home, mailhost, alice, "Русский отдел")
    bind(home, mailhost, bob, "")
    with home.serve() as serving:
        yield Office(home, serving, mailhost, alice, bob)
    assert home.inconsistencies() == []
