// The bar above the sheet: what its buttons do, which are pressed, and how the keys walk along it.
import { changeTable, insertTable, inTable } from "./compose-tables.js";

const toggles = { bold: ["B", "bold", "removeBold"], italic: ["I", "italic", "removeItalic"], underline: ["U", "underline", "removeUnderline"], strike: ["S", "strikethrough", "removeStrikethrough"] };

export function openBar(bar, paper) {
  const { squire } = paper;
  const acts = {
    ...Object.fromEntries(Object.entries(toggles).map(([act, [tag, on, off]]) => [act, () => (squire.hasFormat(tag) ? squire[off]() : squire[on]())])),
    list: () => (squire.hasFormat("UL") ? squire.removeList() : squire.makeUnorderedList()),
    "list-ordered": () => (squire.hasFormat("OL") ? squire.removeList() : squire.makeOrderedList()),
    indent: () => (squire.hasFormat("LI") ? squire.increaseListLevel() : shift(paper, 1)),
    outdent: () => (squire.hasFormat("LI") ? squire.decreaseListLevel() : shift(paper, -1)),
    quote: () => (squire.hasFormat("BLOCKQUOTE") ? squire.decreaseQuoteLevel() : squire.increaseQuoteLevel()),
    clear: () => squire.removeAllFormatting(),
    undo: () => squire.undo(),
    redo: () => squire.redo(),
    block: (value) => setBlock(paper, value),
    size: (value) => squire.setFontSize(value || null),
    colour: (value) => squire.setTextColor(value || null),
    highlight: (value) => squire.setHighlightColor(value || null),
    align: (value) => squire.setTextAlignment(value),
    unlink: () => squire.removeLink(),
    table: (value) => changeTable(paper, value),
  };

  bar.addEventListener("mousedown", (event) => event.target.closest("button") && !event.target.closest("input") && event.preventDefault());
  const press = (event) => {
    const button = event.target.closest("[data-do]");
    if (!button || button.disabled || !acts[button.dataset.do]) return;
    button.closest("[popover]")?.hidePopover();
    paper.focus();
    acts[button.dataset.do](button.dataset.value ?? "");
    paper.focus();
    show();
  };
  bar.addEventListener("click", press);
  for (const pop of document.querySelectorAll("[popover][data-pop]")) {
    if (!bar.contains(pop)) pop.addEventListener("click", press);
    pop.addEventListener("toggle", (event) => event.newState === "open" && put(pop));
  }

  forms(paper, show);
  walk(bar);
  function show() {
    for (const [act, [tag]] of Object.entries(toggles)) pressed(act, squire.hasFormat(tag));
    for (const [act, tag] of [["list", "UL"], ["list-ordered", "OL"], ["quote", "BLOCKQUOTE"]]) pressed(act, squire.hasFormat(tag));
    pressed("link", squire.hasFormat("A"));
    const block = blockOf(paper)?.localName ?? "div";
    bar.querySelector("[data-block]").textContent = document.querySelector(`[data-do=block][data-value="${/^h[123]$|^pre$/.test(block) ? block : "div"}"]`).textContent;
    bar.querySelector("[data-size]").textContent = parseInt(squire.getFontInfo().fontSize ?? "15", 10) || 15;
    for (const each of document.querySelectorAll("[data-in-table]")) each.hidden = !inTable(paper);
  }
  const pressed = (act, on) => bar.querySelector(`[data-do="${act}"], [data-press="${act}"]`)?.setAttribute("aria-pressed", String(Boolean(on)));
  squire.addEventListener("undoStateChange", (event) => {
    bar.querySelector("[data-do=undo]").setAttribute("aria-disabled", String(!event.detail.canUndo));
    bar.querySelector("[data-do=redo]").setAttribute("aria-disabled", String(!event.detail.canRedo));
  });
  let due = 0;
  const soon = () => {
    cancelAnimationFrame(due);
    due = requestAnimationFrame(show);
  };
  for (const name of ["pathChange", "select", "cursor", "focus"]) squire.addEventListener(name, soon);
}

/** A popover stands under its button, inside the window. */
function put(pop) {
  const button = document.querySelector(`[popovertarget="${pop.id}"]`).getBoundingClientRect();
  const size = pop.getBoundingClientRect();
  const below = button.bottom + 4 + size.height < innerHeight;
  pop.style.left = `${Math.max(8, Math.min(button.left, innerWidth - size.width - 8))}px`;
  pop.style.top = `${below ? button.bottom + 4 : Math.max(8, button.top - size.height - 4)}px`;
  pop.querySelector("[autofocus], input, button")?.focus();
}

// ---- blocks ----
const BLOCK = "div, p, h1, h2, h3, h4, h5, h6, pre, li, td, th";

function blocksOf(paper) {
  const found = [];
  paper.squire.forEachBlock((block) => void found.push(block), false);
  return found;
}

const blockOf = (paper) => blocksOf(paper)[0]?.closest(BLOCK);

function setBlock(paper, tag) {
  const blocks = blocksOf(paper).filter((block) => /^(?:div|p|h[1-6]|pre)$/.test(block.localName) && block.localName !== tag);
  if (!blocks.length) return;
  const { squire } = paper;
  squire.saveUndoState();
  const { startContainer, startOffset, endContainer, endOffset } = squire.getSelection();
  for (const block of blocks) {
    const made = paper.page.createElement(tag);
    if (block.style.cssText) made.style.cssText = block.style.cssText;
    made.append(...block.childNodes);
    block.replaceWith(made);
  }
  const range = paper.page.createRange();
  const inside = paper.root.contains(startContainer) && paper.root.contains(endContainer);
  if (inside) {
    range.setStart(startContainer, startOffset);
    range.setEnd(endContainer, endOffset);
  }
  if (inside) squire.setSelection(range);
  else squire.moveCursorToEnd();
}

function shift(paper, step) {
  paper.squire.forEachBlock((block) => {
    const now = parseInt(block.style.marginLeft, 10) || 0;
    block.style.marginLeft = now + step * 40 > 0 ? `${now + step * 40}px` : "";
    if (!block.getAttribute("style")) block.removeAttribute("style");
  }, true);
}

// ---- what asks for something first: a link, the size of a table ----
function forms(paper, show) {
  const { squire } = paper;
  const link = document.getElementById("pop-link");
  const address = link.querySelector("input");
  link.addEventListener("toggle", (event) => {
    if (event.newState !== "open") return;
    const at = squire.getSelection().commonAncestorContainer;
    address.value = (at.nodeType === Node.ELEMENT_NODE ? at : at.parentElement)?.closest("a")?.getAttribute("href") ?? "";
    address.select();
  });
  link.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    link.hidePopover();
    const typed = address.value.trim();
    const target = /^(?:https?:|mailto:|tel:)/i.test(typed) ? typed : typed.includes("@") ? `mailto:${typed}` : `https://${typed}`;
    paper.focus();
    if (typed) squire.makeLink(target);
    else squire.removeLink();
    show();
  });
  const table = document.getElementById("pop-table");
  table.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    table.hidePopover();
    const [rows, columns] = ["rows", "columns"].map((name) => Math.min(50, Math.max(1, Number(event.target.elements[name].value) || 1)));
    paper.focus();
    insertTable(paper, rows, columns);
    show();
  });
}

// ---- the keys: one stop for Tab, arrows inside (ARIA APG, toolbar) ----
function walk(bar) {
  const stops = () => [...bar.querySelectorAll("button")].filter((each) => each.offsetParent && !each.closest("[popover]"));
  const rove = (to) => stops().forEach((each) => (each.tabIndex = each === to ? 0 : -1));
  rove(stops()[0]);
  bar.addEventListener("focusin", (event) => stops().includes(event.target) && rove(event.target));
  bar.addEventListener("keydown", (event) => {
    const all = stops();
    const at = all.indexOf(event.target);
    const to = { ArrowRight: all[(at + 1) % all.length], ArrowLeft: all.at(at - 1), Home: all[0], End: all.at(-1) }[event.key];
    if (at < 0 || !to) return;
    event.preventDefault();
    to.focus();
  });
}
