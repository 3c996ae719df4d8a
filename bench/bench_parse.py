"""Reading whole messages: ours beside the standard library's parser and fast_mail_parser, on the same letters.

Each is asked for the same things: subject and sender decoded, every text decoded to its letters, every file's bytes.
fast_mail_parser is fetched from the package index for this run only, and left out where that cannot be had.
"""

import email
import gc
import importlib
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from email import policy
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from pathlib import Path
from typing import Any

from yizhan.mime.structure import parse_message

LETTERS = 240
ROUNDS = 5
WANTED = 1.0  # times the standard library's speed; the reader opens one at a time, the sync reads thousands
PEER = "fast-mail-parser"
UV = Path(__file__).parents[1] / ".tools" / "bin" / "uv"
SAID = (
    "Добрый день, просим выслать цену на панели до конца недели. 各位好，附件为更新后的出运计划，请确认。 "
    "We can agree to payment terms of 30 percent in advance and the rest against documents. "
)
WORDS = SAID.split()


def text(dice: random.Random, count: int) -> str:
    return "\n".join(" ".join(dice.choices(WORDS, k=12)) for _ in range(count // 12))


def traced(message: EmailMessage, dice: random.Random) -> None:
    """What servers on the way add."""
    for hop in range(5):
        message["Received"] = (
            f"from mx{hop}.example.net (192.0.2.{hop}) by in{hop}.example.org with ESMTPS id {dice.random()}"
        )
    message["DKIM-Signature"] = f"v=1; a=rsa-sha256; d=example.net; s=a; h=from:to; b={dice.randbytes(128).hex()}"
    message["ARC-Seal"] = f"i=1; a=rsa-sha256; cv=none; d=example.net; b={dice.randbytes(128).hex()}"
    message["Authentication-Results"] = "mx.example.org; dkim=pass header.d=example.net; dmarc=pass"


def letter(number: int) -> bytes:
    """A short text, a newsletter, one with files, a forwarded one, in the charsets of mail; by turns."""
    dice = random.Random(number)
    message = EmailMessage(policy=policy.SMTP)
    traced(message, dice)
    message["From"] = f"Полина Верхова <p{number}@example.net>"
    message["To"] = ", ".join(f"Отдел {each} <a{each}@example.org>" for each in range(dice.randint(1, 8)))
    message["Subject"] = f"回复：面板灯 {number} 套交期确认 {dice.choice(WORDS)}"
    charset, words = (
        ("utf-8", text(dice, 300)),
        ("koi8-r", "Добрый день! " * 90),
        ("gb18030", "各位好，请确认。" * 90),
    )[number % 3]
    message.set_content(words, charset=charset, cte="base64" if number % 2 else "quoted-printable")
    if number % 4 == 1:
        row = "<tr><td style='padding:4px;color:#333'><a href='https://example.net/{0}'>{1}</a></td></tr>"
        rows = "".join(row.format(each, " ".join(dice.choices(WORDS, k=6))) for each in range(300))
        message.add_alternative(f"<html><body><table>{rows}</table></body></html>", subtype="html")
    if number % 4 == 2:
        for size in (60_000, 400_000):
            message.add_attachment(dice.randbytes(size), maintype="application", subtype="pdf", filename="Договор.pdf")
    if number % 4 == 3:
        message.add_attachment(email.message_from_bytes(letter(number - 2), policy=policy.SMTP))
    return message.as_bytes()


def ours(raw: bytes) -> list[Any]:
    parsed = parse_message(raw)
    texts = [leaf.text() if leaf.content_type.startswith("text/") else leaf.data() for leaf in parsed.leaves]
    return [parsed.header("subject"), parsed.header("from"), *texts]


def standard(raw: bytes) -> list[Any]:
    message = email.message_from_bytes(raw)
    found = [str(make_header(decode_header(message[name]))) for name in ("Subject", "From")]
    return [*found, *(_standard_part(part) for part in message.walk() if not part.is_multipart())]


def _standard_part(part: Message) -> Any:
    data = part.get_payload(decode=True)
    assert isinstance(data, bytes)
    if part.get_content_maintype() != "text":
        return data
    return data.decode(part.get_content_charset() or "utf-8", "replace")


def fetch_peer(folder: str) -> Callable[[bytes], Any] | None:
    """fast_mail_parser's one function, or nothing where the package cannot be had."""
    install = [str(UV), "pip", "install", "--quiet", "--python", sys.executable, "--target", folder, PEER]
    if not UV.exists() or subprocess.run(install, check=False).returncode:
        return None
    sys.path.insert(0, folder)
    parse: Callable[[bytes], Any] = importlib.import_module("fast_mail_parser").parse_email
    return parse


def seconds(work: Callable[[bytes], Any], letters: list[bytes]) -> float:
    gc.collect()
    begun = time.process_time()
    for each in letters:
        work(each)
    return time.process_time() - begun


def main() -> None:
    letters = [letter(number) for number in range(LETTERS)]
    assert ours(letters[0])[:2] == standard(letters[0])[:2]
    with tempfile.TemporaryDirectory() as folder:
        works = {"ours": ours, "ours, structure only": parse_message, "standard library": standard}
        peer = fetch_peer(folder)
        if peer is not None:
            works[PEER] = peer
        times: dict[str, list[float]] = {name: [] for name in works}
        for _ in range(ROUNDS):
            for name, work in works.items():
                times[name].append(seconds(work, letters) / LETTERS * 1e6)
    medians = {name: statistics.median(each) for name, each in times.items()}
    print(f"{LETTERS} letters, {sum(map(len, letters)) / LETTERS / 1e3:.0f} KB each")
    for name, median in medians.items():
        least, most = min(times[name]), max(times[name])
        print(
            f"  {name:22} {median:7.0f} us CPU a letter ({least:.0f} to {most:.0f}), {median / medians['ours']:4.2f} x"
        )
    if PEER not in medians:
        print(f"  {PEER:22} not measured: the package cannot be had")
    ratio = medians["standard library"] / medians["ours"]
    verdict = f"measured {ratio:.1f} x: {'reached' if ratio >= WANTED else 'not reached'}"
    print(f"medians of {ROUNDS} interleaved rounds; wanted {WANTED:g} x the standard library, {verdict}")


if __name__ == "__main__":
    main()
