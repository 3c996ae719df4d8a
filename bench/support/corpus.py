"""A mailbox of made-up mail, the same for the same number of messages, kept as a Maildir between runs.

Median 7.9 KB, mean some 16 KB; Chinese, Russian and English; two in a hundred carry a PDF of 200 KB; a quarter of the
subjects is folded, a third of the messages answers another one.
"""

import base64
import math
import os
import shutil
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from random import Random

MEDIAN_BYTES, SPREAD = 5_600, 0.95  # of the text, log-normal, before it is encoded
WITH_PDF, PDF_BYTES = 0.02, 200_000
SEEN = 0.8
NEWEST = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
APART = timedelta(minutes=13)
_PEOPLE = 400
_VERSION = 2  # another one makes the mailbox anew

_WORDS = {
    "en": "order price delivery contract invoice meeting report please find attached the our your regards shipment "
    "quality sample payment before Friday department schedule revised copy number thank you for and to of",
    "ru": "заказ цена доставка договор счёт встреча отчёт просим найти вложение наш ваш с уважением отгрузка качество "
    "образец оплата до пятницы отдел график новая копия номер спасибо за и для от",
    "zh": "订单 价格 交货 合同 发票 会议 报告 请查收 附件 我们 贵司 此致 敬礼 发货 质量 样品 付款 周五前 部门",
}
_NAMES = {
    "en": ["Mary O'Neill", "Bob Smith", "Support", "Anna Brown"],
    "ru": ["Анна Иванова", "Иван Петров", "Отдел продаж", "Ольга Смирнова"],
    "zh": ["王小明", "李娜", "张伟", "外贸部"],
}
_HOSTS = ["example.com", "mail.example.ru", "example.cn", "firm.example", "lists.example.org"]


def mailbox(cache: Path, count: int) -> Path:
    """The Maildir, made if it is not there yet."""
    folder = cache / f"mail-{count}-{_VERSION}"
    if not folder.exists():
        half = folder.with_suffix(".half")
        shutil.rmtree(half, ignore_errors=True)
        for name in ("cur", "new", "tmp"):
            (half / name).mkdir(parents=True)
        for number, raw in enumerate(messages(count)):
            moment = _moment(number, count)
            flags = "S" if Random(number).random() < SEEN else ""
            path = half / "cur" / f"{int(moment.timestamp())}.{number:07}.bench:2,{flags}"
            path.write_bytes(raw)
            os.utime(path, (moment.timestamp(),) * 2)  # which Dovecot gives as INTERNALDATE
        half.rename(folder)
    return folder


def messages(count: int):
    """Oldest first, lines ended by LF as a Maildir has them."""
    maker = _Maker(count)
    return (maker.message(number) for number in range(count))


def _moment(number: int, count: int) -> datetime:
    return NEWEST - (count - number) * APART


class _Maker:
    def __init__(self, count: int) -> None:
        self._count = count
        self._random = random = Random(7)
        self._people = [
            (random.choice(_NAMES[random.choice(list(_NAMES))]), f"person{number}@{random.choice(_HOSTS)}")
            for number in range(_PEOPLE)
        ]
        self._words = {tongue: words.split() for tongue, words in _WORDS.items()}
        self._texts = {tongue: _text(random, words) for tongue, words in self._words.items()}
        self._pdf = base64.encodebytes(b"%PDF-1.4\n" + random.randbytes(PDF_BYTES)).decode("ascii")

    def message(self, number: int) -> bytes:
        random = self._random
        tongue = random.choice(list(_WORDS))
        size = int(MEDIAN_BYTES * math.exp(random.gauss(0.0, SPREAD)))
        whole = self._texts[tongue]
        start = random.randrange(len(whole) - 1000)
        text = (whole[start:] + whole * (size // len(whole) + 1))[: size // (1 if tongue == "en" else 2)]
        headers = self._headers(number, tongue)
        body = _encode(text, tongue)
        if random.random() < WITH_PDF:
            body = self._with_pdf(body)
        return f"{headers}{body}".encode()

    def _headers(self, number: int, tongue: str) -> str:
        random = self._random
        words = random.choices(self._words[tongue], k=random.randrange(2, 14 if random.random() < 0.26 else 6))
        answers = number > 100 and random.random() < 0.33
        asked = f"<m{number - random.randrange(1, 100)}.1@bench.example>" if answers else ""
        others = random.choices(self._people, k=random.choice([0, 0, 0, 1, 2, 7]))
        lines = [
            f"Return-Path: <bounce-{number}@example.com>",
            "Received: from mx.example.com by mail.example.com with ESMTPS; Tue, 24 Nov 2026 08:00:00 +0000",
            f"From: {_person(self._people[int(random.paretovariate(0.7)) % _PEOPLE])}",
            f"To: {', '.join(_person(each) for each in [self._people[0], *others])}",
            *([f"Cc: {_person(random.choice(self._people))}"] if random.random() < 0.2 else []),
            f"Subject: {_subject(('Re: ' if answers else '') + ' '.join(words))}",
            f"Date: {format_datetime(_moment(number, self._count))}",
            f"Message-ID: <m{number}.1@bench.example>",
            *([f"In-Reply-To: {asked}", f"References: {asked}"] if answers else []),
            "MIME-Version: 1.0",
        ]
        return "\n".join(lines) + "\n"

    def _with_pdf(self, text: str) -> str:
        part = 'Content-Type: application/pdf; name="list.pdf"\nContent-Transfer-Encoding: base64\n'
        disposition = 'Content-Disposition: attachment; filename="list.pdf"\n'
        mark = "=bench"
        head = f'Content-Type: multipart/mixed; boundary="{mark}"\n\n'
        return f"{head}--{mark}\n{text}\n--{mark}\n{part}{disposition}\n{self._pdf}--{mark}--\n"


def _text(random: Random, words: list[str]) -> str:
    lines = (" ".join(random.choices(words, k=random.randrange(6, 12))) for _ in range(2000))
    return "\n".join(lines)


def _encode(text: str, tongue: str) -> str:
    if tongue == "en":
        return f"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 7bit\n\n{text}\n"
    coded = base64.encodebytes(text.encode()).decode("ascii")
    return f"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n{coded}"


def _subject(text: str) -> str:
    if text.isascii():
        return text
    pieces = [text[at : at + 14] for at in range(0, len(text), 14)]
    return "\n ".join(_word(piece) for piece in pieces)


def _word(text: str) -> str:
    return f"=?UTF-8?B?{base64.b64encode(text.encode()).decode('ascii')}?="


def _person(person: tuple[str, str]) -> str:
    name, address = person
    return f'"{name}" <{address}>' if name.isascii() else f"{_word(name)} <{address}>"
