"""How long the first page of a search takes: p50 and p95 a kind of query, over made-up mail; and whether all is found.

    python -m bench.bench_search [MESSAGES [postgresql://USER@HOST/EMPTY_DATABASE]]

Texts are drawn from small vocabularies of Chinese, Russian and English with a long tail, 150 words each, so that the
common ones stand in every third message; the rows come from the store as a page gets them, snippet and marks
included.  What a walk over all the texts finds is compared, message by message, with what all pages give.
"""

import importlib
import math
import os
import random
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from yizhan.base.secret import Secret
from yizhan.runtime.boot import WEB_SETTINGS, boot

ROUNDS = 40
BATCH = 200
CHINESE = "报价单会议纪要附件合同付款发票物流订单样品更新确认请查收谢谢客户公司产品价格数量交货时间地址联系电话邮件回复"
RUSSIAN = ("счёт", "договор", "оплата", "поставка", "заказ", "образец", "цена", "письмо", "ответ", "клиент", "срок")
ENGLISH = ("price", "order", "invoice", "meeting", "sample", "payment", "contract", "delivery", "update", "please")
QUERIES = {
    "two Chinese characters, common": "报价",
    "three Chinese characters": "报价单",
    "two Chinese characters, rare": "址话",
    "Russian prefix": "догов",
    "Russian prefix of two letters": "сч",
    "English word": "invoice",
    "two words": "报价 invoice",
    "a phrase": '"price order"',
    "five Chinese characters": "报价单会议",
    "a phrase that is nowhere": '"price zebra order"',
    "not a phrase": 'invoice -"price order"',
    "a sender": "from:person7@example.org",
    "a filter alone": "is:flagged",
    "a word and a filter": "счёт is:unread",
}


def make_text(dice: random.Random) -> str:
    """150 words of one language, every tenth a rare one."""
    kind = dice.randrange(3)
    if kind == 0:
        return "，".join("".join(dice.choices(CHINESE, k=dice.randint(4, 12))) for _ in range(50))
    common = RUSSIAN if kind == 1 else ENGLISH
    ends = ("а", "ы", "у", "ом") if kind == 1 else ("s", "ed", "", "ing")
    picked = (
        f"{dice.choice(common)}{dice.choice(ends)}{dice.randint(1, 9999) if dice.random() < 0.1 else ''}"
        for _ in range(150)
    )
    return " ".join(picked)


def fill(count: int) -> Any:
    """So much mail in one account; gives the scope."""
    making = {name: importlib.import_module(f"yizhan.store.{name}") for name in ("accounts", "mailboxes", "messages")}
    index = importlib.import_module("yizhan.store.search.index")
    indexing = importlib.import_module("yizhan.services.messages.indexing")
    models = importlib.import_module("yizhan.store.models")
    scope = importlib.import_module("yizhan.store.scope").scope_of_home()
    server = {f"{s}_{k}": v for s in ("imap", "smtp") for k, v in (("host", "h"), ("port", 1), ("security", "tls"))}
    account = making["accounts"].create(
        scope, making["accounts"].NewAccount(address="li@example.org", login="li", **server), Secret("x")
    )
    facts = making["mailboxes"].MailboxFacts(wire_name="INBOX", name="INBOX", role="inbox")
    [inbox] = making["mailboxes"].store_list(account.pk, [facts], None)
    making["mailboxes"].set_selected(inbox.pk, uid_validity=1, lease=None)
    blob = importlib.import_module("yizhan.store.blobs").put(b"x")
    dice, begun = random.Random(7), datetime(2020, 1, 1, tzinfo=UTC)
    header_s = text_s = 0.0
    for first in range(1, count + 1, BATCH):
        rows = [
            making["messages"].MessageFacts(
                uid=uid,
                internal_date=begun + timedelta(minutes=3 * uid),
                message_id=f"<{uid}@example.org>",
                subject=make_text(dice)[:40],
                from_=[{"name": "", "address": f"person{uid % 500}@example.org"}],
                to=[{"name": "", "address": "li@example.org"}],
                flags=["\\Seen"] if uid % 3 else ["\\Flagged"],
            )
            for uid in range(first, min(first + BATCH, count + 1))
        ]
        at = time.perf_counter()
        making["messages"].upsert_batch(inbox.pk, 1, rows, None)
        header_s += time.perf_counter() - at
        made = models.Message.objects.filter(uid__gte=first)
        made.update(blob=blob)
        models.SearchText.objects.filter(message__in=made).update(due=True)
        while due := index.list_due(indexing.BODIES_AT_ONCE):
            read = [index.ReadText(each, make_text(dice), ()) for each in due]
            at = time.perf_counter()
            index.write_texts(read)
            text_s += time.perf_counter() - at
    print(f"{count:,} messages: headers written at {count / header_s:,.0f}/s, texts at {count / text_s:,.0f}/s")
    return scope


def recall(scope: Any) -> None:
    """Whether all pages of each query have what a walk over all texts finds."""
    finding, index, models, query = (
        importlib.import_module(f"yizhan.store.{name}")
        for name in ("search.finding", "search.index", "models", "search.query")
    )
    wanted: dict[str, set[int]] = {name: set() for name in QUERIES}
    asked = {name: query.parse_query(typed) for name, typed in QUERIES.items()}
    rows = models.SearchText.objects.select_related("message").defer("files").order_by("-place")
    for row in rows.iterator(chunk_size=500):
        fields = index.fields_of(index.header_of(row.message), index.text_of(row), ())
        folded = {name: index.fold(text) for name, text in fields.items()}
        for name, each in asked.items():
            if finding.fits(folded, each.terms) and all(_is(row.message, word) for word in each.filters):
                wanted[name].add(row.pk)
    for name, each in asked.items():
        found: set[int] = set()
        before = None
        while True:
            hits = finding.walk(scope, each, before, 1_000)
            found |= {hit.message_id for hit in hits.found}
            if (before := hits.next) is None:
                break
        fit = wanted[name]
        print(f"{name:<32} {len(fit):>6} fit, {len(found & fit)} found, {len(found - fit)} more")


def _is(message: Any, word: Any) -> bool:
    return bool(message.flagged) if word.value == "flagged" else not message.seen


def measure(scope: Any) -> None:
    """A line a query, and one over all of them."""
    search_page = importlib.import_module("yizhan.services.messages.searching").search_page
    every: list[float] = []
    for name, query in QUERIES.items():
        times = []
        for _ in range(ROUNDS):
            at = time.perf_counter()
            page = search_page(scope, query)
            times.append((time.perf_counter() - at) * 1000)
        every += times
        print(f"{name:<32} {len(page['messages']):>3} rows  {_figures(times)}")
    print(f"{'all':<32}           {_figures(every)}")


def _figures(times: list[float]) -> str:
    ordered = sorted(times)
    p95 = ordered[math.ceil(len(ordered) * 0.95) - 1]
    return f"median {statistics.median(ordered):7.1f} ms  p95 {p95:7.1f} ms"


def main(count: int, database: str) -> None:
    with tempfile.TemporaryDirectory() as home:
        os.environ["YIZHAN_HOME"] = home
        if database:
            os.environ["YIZHAN_DATABASE_URL"] = database
        boot(WEB_SETTINGS)
        importlib.import_module("yizhan.services.owners.vault").open_vault()
        scope = fill(count)
        measure(scope)
        recall(scope)
        size = sum(each.stat().st_size for each in os.scandir(home) if each.is_file())
        print(database or f"database: {size / 1024 / 1024:,.0f} MB")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 50_000, sys.argv[2] if len(sys.argv) > 2 else "")
