// Which looks may stay: none that loads, lays one thing over another, or moves.
const SIDES = ["top", "right", "bottom", "left"];
const KEPT = new Set([
  ..."background-color border-collapse border-spacing box-sizing caption-side clear color direction float font-family font-size font-style font-variant font-weight height letter-spacing line-height list-style-type max-height max-width min-width opacity overflow-wrap table-layout text-align text-decoration text-decoration-line text-indent text-transform unicode-bidi vertical-align white-space width word-break word-spacing".split(" "),
  ...SIDES.flatMap((side) => [`margin-${side}`, `padding-${side}`, ...["color", "style", "width"].map((part) => `border-${side}-${part}`)]),
]);
// Of pasted text: what says something.  Its font, its size and its margins are those of another page.
const SAYS = /^(?:color|background-color|text-align|font-weight|font-style|text-decoration-line|vertical-align|direction|margin-(?:top|bottom)|border-(?:top|right|bottom|left)-(?:color|style|width)|white-space)$/;
const OF_CELLS = /^(?:td|th|table|col|tr)$/;
const OF_TABLES = /^(?:table|tr|tbody|thead|tfoot|col|colgroup)$/; // there `align` places the thing itself
const UNFIT = /url|image|expression|element\(|cross-fade|paint|attr\(|var\(|[\\@<>{}]/i;
const MOST_RULES = 600; // Excel writes one for every look of a cell
const MOST_MATCHES = 200_000;

let scratch = null;

/** The looks of an element, property by property, its own after those of the style sheet that came with it. */
export function readStyle(node, ctx) {
  scratch ??= ctx.document.createElement("span");
  scratch.style.cssText = node.getAttribute("style") ?? "";
  if (node.localName === "font") fontAttributes(node);
  const found = new Map([...(ctx.ruled?.get(node) ?? []), ...declared(scratch.style)]);
  for (const [property, value] of found) if (!KEPT.has(property) || UNFIT.test(value)) found.delete(property);
  if (!ctx.pasted) return found;
  const align = node.getAttribute("align")?.toLowerCase();
  if (/^(?:left|center|right|justify)$/.test(align ?? "") && !OF_TABLES.test(node.localName)) found.set("text-align", align);
  return reducedTo(found, node.localName);
}

function fontAttributes(font) {
  if (/^#?\w+$/.test(font.getAttribute("color") ?? "")) scratch.style.color ||= font.getAttribute("color");
  const size = Number(font.getAttribute("size"));
  if (size) scratch.style.fontSize ||= ["10px", "13px", "16px", "18px", "24px", "32px", "48px"][Math.min(7, Math.max(1, size)) - 1];
}

const declared = (style) => [...style].map((property) => [property, style.getPropertyValue(property)]);

function reducedTo(found, tag) {
  const zero = (name) => /^0/.test(found.get(name) ?? "x") || parseFloat(found.get(name)) < 0.01;
  const tight = zero("margin-top") && zero("margin-bottom");
  for (const [property, value] of [...found]) {
    const cell = OF_CELLS.test(tag) && /^(?:width|padding-)/.test(property);
    if (!(SAYS.test(property) || cell) || says(property, value) === false) found.delete(property);
  }
  if (tight && tag === "p") for (const name of ["margin-top", "margin-bottom"]) found.set(name, "0");
  if (OF_CELLS.test(tag)) borders(found);
  else for (const property of [...found.keys()]) if (property.startsWith("border-") || property === "white-space") found.delete(property);
  return found;
}

/** False for what is so anyway, or what only fits the page it came from. */
function says(property, value) {
  if (property === "color") return !isInk(value);
  if (property === "background-color") return !/^(?:transparent|white|window|initial|inherit|rgba\(0, 0, 0, 0\)|rgb\(255, 255, 255\))$/.test(value);
  if (property === "text-align") return !/^(?:left|start|initial|inherit|general|-webkit-.*)$/.test(value);
  if (property === "direction") return value === "rtl";
  if (property === "vertical-align") return !/^(?:baseline|initial|inherit)$/.test(value);
  return !/^(?:initial|inherit|unset)$/.test(value);
}

/** As dark as text is: black by any of its names, or the dark grey of a web page. */
function isInk(value) {
  const numbers = /^rgba?\((\d+), (\d+), (\d+)/.exec(value)?.slice(1).map(Number);
  if (numbers) return Math.max(...numbers) < 0x48 && Math.max(...numbers) - Math.min(...numbers) < 0x18;
  return /^(?:black|windowtext|initial|inherit|currentcolor|canvastext|buttontext)$/i.test(value);
}

function borders(found) {
  for (const side of SIDES) {
    const style = found.get(`border-${side}-style`);
    if (!style || /^(?:none|hidden|initial)$/.test(style)) for (const part of ["color", "style", "width"]) found.delete(`border-${side}-${part}`);
    else if (/windowtext/i.test(found.get(`border-${side}-color`) ?? "")) found.set(`border-${side}-color`, "#8a94a3");
    if (found.has(`border-${side}-width`) && parseFloat(found.get(`border-${side}-width`)) < 1) found.set(`border-${side}-width`, "1px");
  }
}

/** What the markup's own style sheet says, element by element: Excel and Word give no looks by any other way. */
export function inlineRules(source) {
  const ruled = new Map();
  let left = MOST_MATCHES;
  for (const block of source.querySelectorAll("style")) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(block.textContent.replace(/<!--|-->/g, "").slice(0, 300_000));
    for (const rule of [...sheet.cssRules].slice(0, MOST_RULES)) {
      if (!(rule instanceof CSSStyleRule) || rule.selectorText.includes(":")) continue;
      const looks = declared(rule.style);
      for (const node of source.body.querySelectorAll(rule.selectorText)) {
        if (left-- <= 0) return ruled;
        ruled.set(node, [...(ruled.get(node) ?? []), ...looks]);
      }
    }
  }
  return ruled;
}
