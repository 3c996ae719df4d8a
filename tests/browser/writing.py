"""A person at the page on which one writes."""

from playwright.async_api import Locator, Page


async def open_sheet(page: Page) -> Locator:
    """The sheet, once one can write on it."""
    await page.locator("form[data-ready]").wait_for(timeout=60_000)
    return page.frame_locator("#paper-frame").locator("#paper")


async def paste(page: Page, markup: str, text: str) -> None:
    """As another program puts it on the clipboard, pasted where the caret stands."""
    await page.evaluate(
        """([markup, text]) => {
            document.addEventListener("copy", (event) => {
                event.preventDefault();
                event.clipboardData.setData("text/html", markup);
                event.clipboardData.setData("text/plain", text);
            }, { once: true });
            document.execCommand("copy");
        }""",
        [markup, text],
    )
    await page.keyboard.press("Control+V")
