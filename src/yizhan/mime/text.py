"""Plain text as a page shows it, and markup as plain text."""

import html
import re

from yizhan.mime.limits import MAX_QUOTE_LEVELS, MAX_TEXT_CHARS

_LINK = re.compile(r"(?:https?://|www\.)[^\s<>\"'`\u3000-\u303f\uff00-\uffef]{1,2000}", re.IGNORECASE)
_AFTER_LINK = ".,:;!?)]}'\"»”’"
_QUOTE = re.compile(r"(?:>[ ]?)+")
_MARGIN = re.compile(r"[ \t\r\f\v\xa0]+")


def text_to_html(text: str) -> str:
    """The text escaped, its links made links, its quotes nested; safe as it is."""
    pieces: list[str] = []
    level = 0
    for line in text[:MAX_TEXT_CHARS].replace("\x00", "").splitlines():
        mark = _QUOTE.match(line)
        depth = min(mark[0].count(">"), MAX_QUOTE_LEVELS) if mark else 0
        pieces += ["<blockquote>"] * (depth - level) + ["</blockquote>"] * (level - depth)
        level = depth
        pieces.append(f"<div>{_with_links(line[mark.end() :] if mark else line) or '<br>'}</div>")
    return "".join([*pieces, *["</blockquote>"] * level])


def _with_links(line: str) -> str:
    pieces: list[str] = []
    end = 0
    for found in _LINK.finditer(line):
        address = found[0].rstrip(_AFTER_LINK)
        target = address if "://" in address else f"http://{address}"
        link = f'<a href="{html.escape(target)}" target="_blank" rel="noopener noreferrer">{html.escape(address)}</a>'
        pieces += [html.escape(line[end : found.start()]), link]
        end = found.start() + len(address)
    return "".join([*pieces, html.escape(line[end:])])


def tidy_lines(text: str) -> str:
    """Spaces joined, at most one empty line in a row, none at either end."""
    lines = [_MARGIN.sub(" ", line).strip() for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def quote_text(text: str) -> str:
    """Each line behind `>`, quotes inside one level deeper (RFC 3676 §4.5)."""
    lines = text.rstrip().splitlines()
    return "\n".join(f">{line}" if line.startswith(">") else f"> {line}".rstrip() for line in lines)
