// Markup as plain text, for who writes without looks: lines, lists with their marks, quotes with their arrows.
const BLOCKS = /^(?:address|article|blockquote|center|dd|div|dl|dt|figure|footer|h[1-6]|header|hr|li|main|ol|p|pre|section|table|tr|ul)$/;

export function asText(root) {
  return lines(root).join("\n").replace(/\u00a0/g, " ").replace(/\u200b/g, "").replace(/\n{3,}/g, "\n\n").trimEnd();
}

function lines(node) {
  const made = [];
  let open = false; // whether the last line may be written on
  const add = (text) => {
    if (open) made[made.length - 1] += text;
    else made.push(text);
    open = true;
  };
  for (const child of node.childNodes) {
    if (child.nodeType === Node.TEXT_NODE) {
      if (child.data) add(node.closest("pre") ? child.data : child.data.replace(/[\t\n\r ]+/g, " "));
      continue;
    }
    if (child.nodeType !== Node.ELEMENT_NODE) continue;
    const tag = child.localName;
    if (tag === "br") {
      if (!open) made.push("");
      open = false;
    } else if (BLOCKS.test(tag)) {
      made.push(...marked(child, tag));
      open = false;
    } else {
      const inner = lines(child);
      if (tag === "a" && /^https?:/.test(child.getAttribute("href") ?? "") && !child.textContent.includes(child.getAttribute("href"))) inner.push(`${inner.pop() ?? ""} <${child.getAttribute("href")}>`);
      inner.forEach((line, at) => {
        if (at) open = false;
        add(line);
      });
    }
  }
  return made;
}

function marked(node, tag) {
  if (tag === "hr") return ["----------"];
  if (tag === "tr") return [[...node.children].map((cell) => lines(cell).join(" ").trim()).join("\t")];
  const inner = lines(node);
  if (tag === "blockquote") return inner.map((line) => (line.startsWith(">") ? `>${line}` : `> ${line}`));
  if (tag === "p") return [...inner, ""];
  if (tag !== "li") return inner.length ? inner : [""];
  const items = [...node.parentNode.children].filter((each) => each.localName === "li");
  const mark = node.parentNode.localName === "ol" ? `${items.indexOf(node) + (node.parentNode.start || 1)}. ` : "- ";
  return inner.map((line, at) => (at ? " ".repeat(mark.length) : mark) + line);
}

/** Plain text as markup, line by line; a run of quoted lines becomes a quote. */
export function asMarkup(text) {
  const escape = (line) => line.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/ {2}/g, " &nbsp;");
  const out = [];
  let depth = 0;
  for (const line of text.replace(/\r\n?/g, "\n").split("\n")) {
    const [, arrows, rest] = /^((?:> ?)*)(.*)$/.exec(line);
    const wanted = Math.min(arrows.split(">").length - 1, 20);
    out.push(...Array(Math.max(0, wanted - depth)).fill('<blockquote type="cite">'), ...Array(Math.max(0, depth - wanted)).fill("</blockquote>"));
    depth = wanted;
    out.push(`<div>${escape(rest) || "<br>"}</div>`);
  }
  return out.join("") + "</blockquote>".repeat(depth);
}
