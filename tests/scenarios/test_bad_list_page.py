"""Files of accounts that are not as they should be, given to the page: each gets a clear word, good rows are bound."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser.people import Owner, local, set_up
from tests.support.browser import Pages, check_accessible
from tests.support.faulty import imap, serving, smtp
from tests.support.home import Home
from tests.support.nameserver import answering

pytestmark = [pytest.mark.browser]
HEADER = "address,secret,imap,smtp,label\n"


@pytest.fixture
def quiet(home: Home) -> Iterator[Home]:
    with answering({}) as names:
        home.env["YIZHAN_NAMESERVER"] = names.address
        yield home


async def give(page: Page, url: str, content: bytes | Path) -> None:
    """Choose the file on the page of import and send it."""
    payload = {"name": "accounts.csv", "mimeType": "text/csv", "buffer": content}
    await page.goto(f"{url}/accounts/import")
    await page.set_input_files("[name=file]", content if isinstance(content, Path) else payload)  # type: ignore[arg-type]
    await page.click("button.primary")


async def test_a_file_that_is_no_list_is_told_apart_on_the_page_and_binds_nothing(
    pages: Pages, quiet: Home, tmp_path: Path, planted_secret: str
) -> None:
    pages.watch.expect("/events|status of 422")
    large = tmp_path / "large.csv"
    with large.open("wb") as file:
        file.truncate(100 * 1024 * 1024)
    page = await pages.open(language="zh-hans", width=1440, height=900)
    with quiet.serve() as serving_home:
        await set_up(page, serving_home, Owner(password=f"{planted_secret} river stone"), "zh-hans")
        url = local(serving_home.url)
        await give(page, url, b"mail;pass\nli@mail.ru;x\n")
        await expect(page.locator("[role=alert]")).to_contain_text("address, secret")
        await check_accessible(page)
        await give(page, url, b"address,secret\n\x00\xff\x00")
        await expect(page.locator("[role=alert]")).to_be_visible()
        await give(page, url, large)
        said = await page.locator("[name=file]").evaluate("field => field.validationMessage")
        assert said.startswith("文件太大")
        await expect(page).to_have_url(f"{url}/accounts/import")
        await page.context.close()
    assert quiet.cli("accounts", "list", "--json").json == []


async def test_rows_in_gbk_with_a_mark_doubled_or_with_formulas_get_their_verdicts_on_the_page(
    pages: Pages, quiet: Home, planted_secret: str
) -> None:
    pages.watch.expect("/events")
    page = await pages.open(language="zh-hans", width=1440, height=900)
    with serving(imap()) as receiving, serving(smtp()) as submitting, quiet.serve() as serving_home:
        servers = f"{receiving.endpoint('plain')},{submitting.endpoint('plain')}"
        await set_up(page, serving_home, Owner(password=f"{planted_secret} river stone"), "zh-hans")
        url = local(serving_home.url)
        gbk = f"{HEADER}gbk@example.com,{planted_secret},{servers},俄语区\n"
        await give(page, url, gbk.encode("gbk"))
        await expect(page.locator(".verdicts .chip")).to_have_text(["正常"], timeout=30_000)
        odd = f"{HEADER}mark@example.com,{planted_secret},{servers},欧洲\n"
        odd += f"Mark@EXAMPLE.com,{planted_secret},{servers},\nsum@example.com,{planted_secret},{servers},=1+1\n"
        await give(page, url, odd.encode("utf-8-sig"))
        rows = page.locator(".verdicts tbody tr")
        await expect(rows.filter(has_text="正常")).to_have_count(1, timeout=30_000)
        await expect(rows.filter(has_text=re.compile(r"Mark@example\.com"))).to_contain_text("文件里有两行是这个地址")
        await expect(rows.filter(has_text="sum@")).to_contain_text("formula")
        await check_accessible(page)
        async with page.expect_download() as downloading:
            await page.click("a[download]")
        report = (await (await downloading.value).path()).read_text(encoding="utf-8-sig")
        await page.context.close()
    labels = {each["address"]: each["label"] for each in quiet.cli("accounts", "list", "--json").json}
    assert labels == {"gbk@example.com": "俄语区", "mark@example.com": "欧洲"}
    assert (planted_secret in report, "sum@example.com" in report) == (False, True)
    assert not [line for line in report.splitlines() if line.startswith(("=", "+", "-", "@"))]
