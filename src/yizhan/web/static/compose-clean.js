// Markup from anywhere, made into nodes of ours: built anew from what the lists below name, so that nothing else comes
// along, whatever it is called.  Pasted markup also loses what its program added for itself; our own keeps its looks.
import { listify } from "./compose-lists.js";
import { inlineRules, readStyle } from "./compose-styles.js";

const words = (text) => new Set(text.split(/\s+/));
const TAGS = words(
  "a abbr address b bdi bdo big blockquote br caption center cite code col colgroup dd del dfn div dl dt em figcaption figure h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q s samp small span strike strong sub sup table tbody td tfoot th thead tr tt u ul var wbr",
);
const GONE = words(
  "script style title head meta link base noscript template iframe frame frameset object embed applet svg math audio video canvas select option textarea input button noembed noframes xmp plaintext portal dialog",
);
const WIDE = ["align", "bgcolor", "height", "valign", "width"];
const CELL = [...WIDE, "colspan", "rowspan", "nowrap"];
const ATTRIBUTES = { table: [...WIDE, "border", "cellpadding", "cellspacing"], td: CELL, th: CELL, tr: WIDE, tbody: WIDE, thead: WIDE, tfoot: WIDE, col: ["span", "width"], colgroup: ["span", "width"], ol: ["start", "type"], ul: ["type"], li: ["value"], blockquote: ["type"], hr: ["size", "width", "color"], img: ["alt", "width", "height"] };
const PASTED_ATTRIBUTES = { td: ["colspan", "rowspan", "width"], th: ["colspan", "rowspan", "width"], ol: ["start", "type"], table: ["width"], col: ["width", "span"], img: ["alt", "width", "height"] };
const CLASSES = /^(?:yz-[a-z]+|size|color|highlight|font)$/;
const LINKS = /^(?:https?:|mailto:|tel:)/i;
const BITMAP = /^data:(image\/(?:png|jpeg|gif|webp));base64,([A-Za-z0-9+/=\s]+)$/i;
const MOST_NODES = 60_000; // a sheet of 6,000 rows; more makes typing slow for good
const MOST_DEPTH = 120; // deeper markup is nobody's text, and every later walk would have to survive it
const INLINE = words("b strong i em u ins s strike del span sub sup font small big a tt code");
const PLAIN_SPAN = words("span font");

/**
 * A fragment that belongs to `document`.
 * `pasted`: drop what a program added for itself.  `picture(cid)` gives the address of a picture that is kept;
 * `embed(blob)` keeps one and gives its {cid, url}; `remote()` is told of each that lies on somebody's server.
 */
export function clean(html, { document, pasted = false, picture = () => "", embed = () => null, remote = () => {} }) {
  // Read by the frame's own reader, whose policy lets looks be; what would run is renamed first, or the console tells
  // of each that it was stopped.
  const quiet = html.replace(/<[^>]*>/g, (tag) => tag.replace(/\son\w+\s*=/gi, " data-was="));
  const source = new document.defaultView.DOMParser().parseFromString(quiet, "text/html");
  const ctx = { document, pasted, picture, embed, remote, left: MOST_NODES, sheet: pasted && isSheet(html) };
  if (pasted) {
    ctx.ruled = inlineRules(source, document);
    listify(source.body);
  }
  const made = document.createDocumentFragment();
  for (const child of pastedNodes(source.body)) build(child, made, ctx, 0);
  return made;
}

const isSheet = (html) => /urn:schemas-microsoft-com:office:(?:excel|spreadsheet)|Excel\.Sheet|google-sheets-html-origin|ket\.sheet/i.test(html.slice(0, 4000));

/** What stands between the marks of a clipboard, if there are any. */
function pastedNodes(body) {
  const nodes = [...body.childNodes];
  const at = (mark) => nodes.findIndex((node) => node.nodeType === Node.COMMENT_NODE && node.data.trim() === mark);
  const [start, end] = [at("StartFragment"), at("EndFragment")];
  return start >= 0 && end > start ? nodes.slice(start + 1, end) : nodes;
}

function build(node, parent, ctx, depth) {
  if (ctx.left-- <= 0) return;
  if (node.nodeType === Node.TEXT_NODE) {
    parent.append(ctx.document.createTextNode(node.data));
    return;
  }
  if (node.nodeType !== Node.ELEMENT_NODE) return;
  const tag = node.localName;
  if (GONE.has(tag) || hidden(node, ctx)) return;
  const made = depth < MOST_DEPTH && (TAGS.has(tag) || tag === "font") ? make(node, tag, ctx, parent) : null;
  if (made === "gone") return;
  if (made) parent.append(made.top);
  for (const child of [...node.childNodes]) build(child, made ? made.inner : parent, ctx, depth + 1);
  if (made && ctx.pasted && INLINE.has(tag) && !made.top.hasChildNodes()) made.top.remove();
}

/** Not shown where it came from: a preheader, or a list's number that the list itself will show. */
function hidden(node, ctx) {
  const style = node.getAttribute("style") ?? "";
  if (/mso-hide\s*:\s*all|display\s*:\s*none/i.test(style)) return true;
  return ctx.pasted && /mso-list\s*:\s*ignore/i.test(style);
}

function make(node, tag, ctx, parent) {
  if (tag === "img") return image(node, ctx);
  const href = node.getAttribute("href")?.trim() ?? "";
  if (tag === "a" && !LINKS.test(href)) return null;
  const style = readStyle(node, ctx);
  if (ctx.pasted && inside(parent, "a")) style.delete("color"); // a link has its own
  const { name, wrap } = ctx.pasted ? reduced(tag, style, parent) : { name: tag === "font" ? "span" : tag, wrap: [] };
  const tops = [name, ...wrap].filter(Boolean).map((each) => ctx.document.createElement(each));
  if (!tops.length) return null;
  tops.reduce((outer, inner) => (outer.append(inner), inner));
  const top = tops[0];
  for (const attribute of (ctx.pasted ? PASTED_ATTRIBUTES : ATTRIBUTES)[tag] ?? []) copy(node, top, attribute);
  if (node.dir === "rtl") top.dir = "rtl";
  if (tag === "a") top.setAttribute("href", href);
  if (!ctx.pasted) for (const each of node.classList) if (CLASSES.test(each)) top.classList.add(each);
  for (const [property, value] of style) top.style.setProperty(property, value);
  if (ctx.sheet && (tag === "td" || tag === "th")) {
    top.style.padding = "2px 6px";
    if (!/border/.test(top.getAttribute("style"))) top.style.border = "1px solid #c7ccd4";
  }
  if (ctx.pasted && tag === "table") top.style.borderCollapse = "collapse";
  return { top, inner: tops.at(-1) };
}

function copy(node, made, attribute) {
  const value = node.getAttribute(attribute);
  if (value !== null && /^[\w%.#, -]{0,40}$/.test(value)) made.setAttribute(attribute, value);
  else if (value !== null && attribute === "alt") made.setAttribute("alt", value.slice(0, 300));
}

// ---- pasted: looks become elements, and what only repeats what our own text looks like goes ----
const LOOKS = [
  ["b", ["font-weight"], (value) => value === "bold" || Number(value) >= 600],
  ["i", ["font-style"], (value) => value === "italic" || value === "oblique"],
  ["u", ["text-decoration-line"], (value) => value.includes("underline")],
  ["s", ["text-decoration-line"], (value) => value.includes("line-through")],
  ["sup", ["vertical-align"], (value) => value === "super"],
  ["sub", ["vertical-align"], (value) => value === "sub"],
];
const OWN_LOOK = { b: "b", strong: "b", i: "i", em: "i", u: "u", ins: "u", s: "s", strike: "s", del: "s", sup: "sup", sub: "sub" };

const inside = (parent, tag) => parent.closest?.(tag) ?? null;

function reduced(tag, style, parent) {
  const looks = new Set();
  const inline = INLINE.has(tag) || !["table", "tbody", "thead", "tfoot", "tr", "col", "colgroup"].includes(tag);
  const heading = /^h[1-6]$/.test(tag) || tag === "th";
  for (const [look, [property], holds] of LOOKS) if (inline && style.has(property) && holds(style.get(property)) && !(heading && look === "b") && !(look === "u" && tag === "a")) looks.add(look);
  const own = OWN_LOOK[tag];
  const undone = { b: style.has("font-weight"), i: style.has("font-style") };
  if (own && !looks.has(own) && !undone[own]) looks.add(own);
  for (const look of looks) if (inside(parent, look) || (look === "u" && inside(parent, "a"))) looks.delete(look);
  if (inline) for (const [, [property]] of LOOKS) if (!(property === "vertical-align" && (tag === "td" || tag === "th"))) style.delete(property);
  if (own) {
    if (style.size) return { name: "span", wrap: [...looks] };
    const [first, ...rest] = looks;
    return { name: first, wrap: rest };
  }
  if (PLAIN_SPAN.has(tag)) return style.size ? { name: "span", wrap: [...looks] } : { name: null, wrap: [...looks] };
  if (tag === "p" && style.get("margin-top") === "0" && style.get("margin-bottom") === "0") return drop(style, "div", looks);
  return drop(style, tag, looks);
}

function drop(style, name, looks) {
  style.delete("margin-top");
  style.delete("margin-bottom");
  return { name, wrap: [...looks] };
}

// ---- pictures ----
function image(node, ctx) {
  const source = node.getAttribute("src")?.trim() ?? "";
  const cid = source.startsWith("cid:") ? source.slice(4) : (node.dataset.cid ?? "");
  const kept = cid && ctx.picture(cid);
  const found = kept ? { cid, url: kept } : embedded(source, ctx);
  if (!found) {
    if (source) ctx.remote(source);
    return "gone";
  }
  const made = ctx.document.createElement("img");
  made.setAttribute("src", found.url);
  made.dataset.cid = found.cid;
  for (const attribute of ["alt", "width", "height"]) copy(node, made, attribute);
  if (!made.alt) made.alt = "";
  for (const [property, value] of readStyle(node, ctx)) if (/^(?:width|height|max-width)$/.test(property)) made.style.setProperty(property, value);
  return { top: made, inner: made };
}

function embedded(source, ctx) {
  const [, type, base64] = BITMAP.exec(source) ?? [];
  if (!type) return null;
  const bytes = Uint8Array.from(atob(base64.replace(/\s/g, "")), (char) => char.charCodeAt(0));
  return ctx.embed(new Blob([bytes], { type }));
}
