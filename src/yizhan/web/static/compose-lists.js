// Word and WPS write a list as paragraphs, each with its number as text.  Here they become lists again.
const LEVEL = /mso-list\s*:\s*l\d+\s+level(\d+)/i;
const NUMBER = /^[\s ]*(?:[\da-z]{1,4}|[ivxlc]{1,6}|[一二三四五六七八九十]{1,3})[.)、．）]/i;

export function listify(body) {
  for (const first of [...body.querySelectorAll("p, div, h1, h2, h3, h4, h5, h6")]) {
    if (!first.isConnected || !levelOf(first)) continue;
    const run = [first];
    while (levelOf(following(run.at(-1)))) run.push(following(run.at(-1)));
    const place = first.ownerDocument.createComment("");
    first.before(place);
    place.replaceWith(...nested(run));
  }
}

const levelOf = (node) => Number(LEVEL.exec(node?.getAttribute?.("style") ?? "")?.[1] ?? 0);

function following(node) {
  let next = node.nextSibling;
  while (next && next.nodeType !== Node.ELEMENT_NODE && !next.textContent.trim()) next = next.nextSibling;
  return next?.nodeType === Node.ELEMENT_NODE ? next : null;
}

function nested(run) {
  const tops = [];
  let open = [];
  for (const paragraph of run) {
    const level = Math.min(levelOf(paragraph), 9);
    const kind = isNumbered(paragraph) ? "ol" : "ul";
    open = open.filter((each) => each.level < level || (each.level === level && each.kind === kind));
    if (open.at(-1)?.level !== level) {
      const list = paragraph.ownerDocument.createElement(kind);
      (open.at(-1)?.list.lastElementChild ?? null) ? open.at(-1).list.lastElementChild.append(list) : tops.push(list);
      open.push({ level, kind, list });
    }
    const item = paragraph.ownerDocument.createElement("li");
    item.append(...paragraph.childNodes);
    open.at(-1).list.append(item);
    paragraph.remove();
  }
  return tops;
}

function isNumbered(paragraph) {
  const mark = [...paragraph.querySelectorAll("span")].find((each) => /mso-list\s*:\s*ignore/i.test(each.getAttribute("style") ?? ""));
  return NUMBER.test(mark?.textContent ?? "");
}
