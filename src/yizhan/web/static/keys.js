// Keyboard shortcuts.  The page is the registry: an element with data-key="g i" is clicked, or focused if it is a
// field, when the keys are typed; data-key-label names it in the list that `?` shows.  A script adds others by
// addKey("j", run, "Next").  Single letters act only when no field has the focus, and can be turned off in settings.
const WAIT_MS = 1200;
const added = new Map();
let typed = "";
let since = 0;

export function addKey(keys, run, label) {
  const before = keys === "Escape" && added.get(keys)?.run; // whatever is open closes, so each of them is told
  added.set(keys, { run: before ? (event) => [before(event), run(event)] : run, label });
}

const enabled = () => document.documentElement.hasAttribute("data-shortcuts");
const inField = (target) => target.closest?.("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");
const elements = () => [...document.querySelectorAll("[data-key]")];

function act(element) {
  if (element.matches("input, textarea, select")) {
    element.focus();
    element.select?.();
  } else {
    element.click();
  }
}

function find(keys) {
  const element = elements().find((each) => each.dataset.key === keys && each.getClientRects().length > 0);
  if (element) return () => act(element);
  return added.get(keys)?.run;
}

const starts = (keys) => [...added.keys(), ...elements().map((each) => each.dataset.key)].some((each) => each.startsWith(`${keys} `));

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || document.querySelector("dialog[open]")) return;
  if (event.key === "Escape") {
    added.get("Escape")?.run(event);
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || inField(event.target) || !enabled()) return;
  if (event.key.length > 1 && event.key !== "Enter") return;
  const now = Date.now();
  const keys = typed && now - since < WAIT_MS ? `${typed} ${event.key}` : event.key;
  typed = "";
  if (starts(keys)) {
    typed = keys;
    since = now;
    event.preventDefault();
    return;
  }
  const run = find(keys);
  if (run && run(event) !== false) event.preventDefault();
});

// Rows of a list: j and k walk, x picks, o and Enter open what data-row holds.
const rows = () => [...document.querySelectorAll("[data-row]")].filter((row) => row.getClientRects().length > 0);

function walk(step) {
  const all = rows();
  const at = all.findIndex((row) => row.contains(document.activeElement));
  const next = all[Math.max(0, Math.min(all.length - 1, at + step))];
  next?.querySelector("a[href], button")?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

const current = (selector) => document.activeElement?.closest("[data-row]")?.querySelector(selector);

if (document.querySelector("[data-row]")) {
  addKey("j", () => walk(1), "next");
  addKey("k", () => walk(-1), "previous");
  addKey("x", () => current("input.pick")?.click(), "pick");
  addKey("o", () => current("a[href]")?.click(), "open");
}

function list() {
  const into = document.querySelector("[data-keys]");
  const entries = new Map();
  for (const each of elements()) {
    entries.set(each.dataset.key, each.dataset.keyLabel || each.getAttribute("aria-label") || each.textContent.trim().replace(/\s+/g, " ").replace(/\d[\d,. ]*$/, ""));
  }
  for (const [keys, { label }] of added) if (label) entries.set(keys, into.dataset[label] ?? label);
  entries.set("?", into.dataset.help);
  entries.set("Esc", into.dataset.escape);
  into.replaceChildren();
  for (const [keys, label] of entries) {
    const term = document.createElement("dt");
    for (const key of keys.split(" ")) {
      const shown = document.createElement("kbd");
      shown.textContent = key;
      term.append(shown, " ");
    }
    const meaning = document.createElement("dd");
    meaning.textContent = label;
    into.append(term, meaning);
  }
  document.getElementById("keys").showModal();
}

addKey("?", list, "");
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-show-keys]")) list();
});
