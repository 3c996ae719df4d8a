// What is done to messages: to those picked, to the row in focus, or to the one that is open.  form#act holds the words;
// a button of it says what is done by its formaction.  The answer is a toast, or a dialog that asks once more.
import { addKey } from "./keys.js";
import { refresh } from "./list.js";
import { openRow } from "./opened.js";
import { clear } from "./picks.js";
import { raise } from "./toasts.js";

const form = document.getElementById("act");
const bar = document.querySelector("[data-bulk]");
const LEAVES = /\/(archive|junk|inbox|delete|move)$/; // after these a message is no longer in the list
const picked = () => [...document.querySelectorAll("input.pick:checked")];
const opened = () => /^\/mail\/(\d+)$/.exec(location.pathname)?.[1];
const focused = () => document.activeElement?.closest("[data-row]");

function gather(submitter) {
  const body = new FormData(form);
  if (submitter?.name) body.set(submitter.name, submitter.value);
  const ids = body.getAll("id");
  body.delete("id"); // a form may have a thousand fields at most
  if (!body.get("one")) body.set("ids", ids.join(","));
  return body;
}

async function send(address, body) {
  bar.setAttribute("aria-busy", "true"); // ten thousand messages take some seconds
  const answer = await fetch(address, { method: "POST", body, headers: { "X-Yizhan-Live": "1" } }).finally(() => bar.removeAttribute("aria-busy"));
  if (answer.redirected) location.assign(answer.url);
  const said = new DOMParser().parseFromString(await answer.text(), "text/html").body.firstElementChild;
  if (said?.matches("dialog")) return askOnce(document.importNode(said, true), address, body);
  if (answer.ok) {
    if (!body.get("one")) clear();
    await settle(address, body);
  }
  if (said) raise(document.importNode(said, true));
}

async function settle(address, body) {
  const id = opened();
  const here = id && (body.get("one") === id || body.get("ids")?.split(",").includes(id));
  const row = here && document.getElementById(`m-${id}`);
  const next = row && nextRow(row);
  await refresh({ mine: true });
  if (here && LEAVES.test(address)) openRow(next && document.getElementById(next));
  else if (here) openRow(document.getElementById(`m-${id}`));
}

function nextRow(row) {
  const all = [...document.querySelectorAll("[data-row]")].filter((each) => each === row || !each.querySelector(".pick").checked);
  const at = all.indexOf(row);
  return (all[at + 1] ?? all[at - 1])?.id;
}

function askOnce(dialog, address, body) {
  document.body.append(dialog);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.querySelector("form").addEventListener("submit", (event) => {
    if (event.submitter?.value !== "sure") return;
    event.preventDefault();
    dialog.close();
    body.set("sure", "1");
    send(address, body);
  });
  dialog.showModal();
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-act]")) return;
  event.preventDefault();
  event.submitter?.closest("details.menu")?.removeAttribute("open");
  const address = event.submitter?.getAttribute("formaction") ?? event.target.getAttribute("action");
  const body = event.target === form ? gather(event.submitter) : new FormData(event.target);
  event.target.closest(".toast")?.remove();
  send(address, body);
});

// ---- in the row under the pointer: keys do the same, so these take no part in the order of focus ----
const tools = document.getElementById("row-acts")?.content.firstElementChild;

document.addEventListener("pointerover", (event) => {
  const row = tools && event.pointerType === "mouse" && event.target.closest?.("[data-row]");
  if (!row || row.contains(tools)) return;
  for (const button of tools.querySelectorAll("button")) button.value = row.querySelector(".pick").value;
  row.append(tools);
});

// ---- keys ----
function act(word) {
  const button = bar?.querySelector(`[data-word="${word}"]`);
  if (!button) return false;
  if (picked().length) {
    button.click();
    return true;
  }
  const one = focused()?.querySelector(".pick").value ?? opened();
  if (!one) return false;
  const body = gather(null);
  body.set("one", one);
  send(button.getAttribute("formaction"), body);
  return true;
}

const state = (name) => (picked().length ? picked().some((pick) => !pick.closest("[data-row]").classList.contains(name)) : !(focused() ?? document.getElementById(`m-${opened()}`))?.classList.contains(name));

if (form) {
  addKey("e", () => act("archive"), "archive");
  addKey("#", () => act("delete"), "delete");
  addKey("!", () => act("junk"), "junk");
  addKey("i", () => act(state("is-new") ? "unread" : "read"), "read");
  addKey("s", () => act(state("is-starred") ? "star" : "unstar"), "star");
  addKey("v", () => openMove(), "move");
  addKey("z", () => document.querySelector(".toast [data-undo]")?.click(), "undo");
}

// ---- where to: the mailboxes of the account that the messages are of ----
function openMove() {
  const menu = [...document.querySelectorAll("details[data-targets]")].find((each) => each.getClientRects().length > 0);
  if (!menu) return false;
  menu.open = true;
  return true;
}

async function fill(menu) {
  const list = menu.querySelector(".list");
  const rows = menu.dataset.targets ? [] : picked().map((pick) => pick.closest("[data-row]").dataset.account);
  const accounts = new Set(menu.dataset.targets ? [menu.dataset.targets] : rows);
  if (accounts.size !== 1) {
    list.textContent = menu.dataset.several;
    return;
  }
  const answer = await fetch(`${menu.dataset.address}?account=${[...accounts][0]}`, { headers: { "X-Yizhan-Live": "1" } });
  if (answer.redirected) location.assign(answer.url);
  if (answer.redirected || !answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  list.replaceChildren(...[...page.body.children].map((each) => document.importNode(each, true)));
  if (menu.dataset.one) for (const each of list.querySelectorAll("button")) each.dataset.one = menu.dataset.one;
  list.querySelector("button")?.focus();
}

document.addEventListener("toggle", (event) => event.target.matches?.("details[data-targets]") && event.target.open && fill(event.target), true);
// A button has one name and one value: the message that a move from its own page is about goes beside it.
document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-one]");
  if (!button || !form) return;
  event.preventDefault();
  const body = gather(button);
  body.set("one", button.dataset.one);
  button.closest("details.menu")?.removeAttribute("open");
  send(button.getAttribute("formaction"), body);
});
