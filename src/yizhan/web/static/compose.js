// The page on which a message is written: puts its parts together.  Without a script it is a plain form that works too.
import { openBar } from "./compose-bar.js";
import { openChecks } from "./compose-checks.js";
import { openFiles } from "./compose-files.js";
import { openKeeping } from "./compose-keep.js";
import { openLater } from "./compose-later.js";
import { openModes } from "./compose-modes.js";
import { openPaper } from "./compose-paper.js";
import { openPeople } from "./compose-people.js";
import { walkCells } from "./compose-tables.js";
import { asMarkup } from "./compose-text.js";
import { toast } from "./toasts.js";

const form = document.querySelector("form[data-writes]");
const page = JSON.parse(form.dataset.page);
const words = JSON.parse(form.dataset.words);
const csrf = form.elements.csrfmiddlewaretoken.value;
const refusal = document.getElementById("refusal");
const one = (selector) => form.querySelector(selector);
const redirected = page.act === "redirect";
let touched = false;
let sending = false;
let signed = null;
let byHand = Boolean(page.id); // a signature that was chosen stays when another sender is

// ---- words to the person ----
function refuse(text) {
  refusal.replaceChildren();
  if (!text) return;
  const banner = document.createElement("div");
  banner.className = "banner k-bad";
  banner.setAttribute("role", "alert");
  banner.textContent = text;
  refusal.append(banner);
  banner.scrollIntoView({ block: "nearest" });
}

function said(kind, told, files) {
  const place = one("[data-saved]");
  place.classList.toggle("is-bad", kind === "offline" || kind === "refused");
  place.dataset.kind = kind;
  if (kind === "saving") return;
  const time = kind === "saved" ? new Date(told ?? Date.now()).toLocaleTimeString(document.documentElement.lang, { hour12: false }) : "";
  place.textContent = kind === "saved" ? words.saved.replace("%s", time) : told;
  if (!files) return;
  for (const label of form.querySelectorAll("[data-part]")) label.remove();
  for (const file of files) goods.admit(file, keeping.id());
}

function ask({ title, text, verb }) {
  const dialog = document.getElementById("ask");
  dialog.querySelector("[data-title]").textContent = title;
  dialog.querySelector("[data-text]").textContent = text;
  dialog.querySelector("[data-verb]").textContent = verb;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }));
}

// ---- the parts ----
const people = openPeople(form, { changed: () => change(), words });
let modes = null; // the sheet in its three ways, once its frame is there
const goods = openFiles(one("[data-chosen]"), {
  held: page.files,
  ensure: () => keeping.ensure(),
  changed: () => change(false),
  toText: (cid, url, name) => modes?.picture(cid, url, name),
  lost: (cid) => modes?.drop(cid),
  csrf,
  words,
  most: page.most,
});
const keeping = openKeeping({ draft: page, token: csrf, words, gather, said, moved: (draft, other) => location.replace(`/compose/${draft}?other=${other}`) });
const checks = openChecks(one("[data-checks]"), { people, ask, gather, files: () => goods.told(), post: keeping.post, json: keeping.json, page });

function gather() {
  const [account, identity] = form.elements.from.value.split(":");
  const typed = (name) => people[name]?.value() ?? "";
  return {
    from: account ? Number(account) : null,
    identity: identity ? Number(identity) : null,
    to: typed("to"),
    cc: typed("cc"),
    bcc: typed("bcc"),
    reply_to: typed("reply_to"),
    subject: form.elements.subject?.value ?? page.content.subject ?? "",
    ...(modes?.content() ?? { html: page.content.html ?? "", text: page.content.text ?? "", plain: Boolean(page.content.plain) }),
    separately: one("[data-separately]")?.getAttribute("aria-pressed") === "true",
    receipt: form.elements.receipt.checked,
    priority: form.elements.priority.value,
  };
}

function change(mine = true) {
  touched ||= mine;
  keeping.touch();
  checks.soon();
}

// ---- who it is from ----
function showSender() {
  const option = form.elements.from.selectedOptions[0];
  for (const way of form.querySelectorAll("[data-way]")) way.hidden = way.dataset.way !== option?.dataset.account;
  one("[data-frompick]").className = `frompick t${option?.dataset.colour ?? 8}`;
}

function sign(id) {
  signed = id;
  modes?.sign(page.signatures.find((each) => String(each.id) === String(id))?.html ?? "");
}

const signatureOf = () => page.signing[form.elements.from.selectedOptions[0]?.dataset.account]?.[page.origin ? "answer" : "new"];

// ---- sending ----
async function send(when = {}) {
  if (sending || one("[data-sends]").disabled) return;
  for (const field of Object.values(people)) field.commit();
  if (goods.busy()) return refuse(words.wait_files);
  if (goods.failed().length) return refuse(words.failed_files.replace("%s", goods.failed().join(", ")));
  sending = true;
  one("[data-sends]").setAttribute("aria-busy", "true");
  await handOver(when).finally(() => {
    sending = false;
    one("[data-sends]").removeAttribute("aria-busy");
  });
}

async function handOver(when) {
  refuse("");
  if (!(await checks.agree())) return;
  const draft = await keeping.save();
  if (!draft) return refuse(one("[data-saved]").dataset.kind === "refused" ? one("[data-saved]").textContent : words.lost);
  let answer;
  try {
    answer = await keeping.post(`/drafts/${draft}/send`, { version: keeping.version(), content: gather(), ...when });
  } catch {
    return refuse(words.lost);
  }
  const told = await keeping.json(answer);
  if (answer.status === 409 && told.draft) return location.replace(`/compose/${told.draft}?other=${draft}`);
  if (!answer.ok) return refuse(told.words || words.lost);
  keeping.stop();
  const later = Boolean(when.at);
  sessionStorage.setItem("yizhan-sent", JSON.stringify({ id: told.submissions[0], until: later ? "" : told.undo_until, said: later ? words.later : words.sent, goes: words.goes, verb: words.take_back }));
  location.assign(told.url || page.back);
}

async function drop() {
  keeping.stop();
  history.replaceState(null, "", "/compose"); // what keeps the page fresh must not ask for a draft that is gone
  if (keeping.id()) await keeping.post(`/drafts/${keeping.id()}/discard`, {});
}

async function discard() {
  const wrote = touched || page.id;
  if (wrote && !(await ask({ title: words.discard_title, text: words.discard_text, verb: words.discard }))) return;
  await drop();
  location.assign(page.back);
}

async function leave(event) {
  event.preventDefault();
  if (touched && !(await keeping.save())) return refuse(words.lost);
  if (!touched && !page.id && keeping.id()) await drop();
  location.assign(event.target.closest("a")?.href ?? page.back);
}

// ---- the page ----
function showLine(name, focus) {
  const line = one(`[data-line="${name}"]`);
  line.hidden = false;
  one(`[data-shows="${name}"]`).hidden = true;
  if (focus) people[name].focus();
}

function wireLines() {
  one("[data-more]").hidden = false;
  for (const button of form.querySelectorAll("[data-shows]")) {
    const name = button.dataset.shows;
    if (people[name].value()) showLine(name, false);
    else one(`[data-line="${name}"]`).hidden = true;
    button.addEventListener("click", () => showLine(name, true));
  }
  one("[data-separately]").addEventListener("click", (event) => {
    const on = event.currentTarget.getAttribute("aria-pressed") !== "true";
    event.currentTarget.setAttribute("aria-pressed", String(on));
    change();
  });
}

function wireFiles() {
  const files = document.getElementById("files");
  const picture = document.getElementById("picture");
  if (!files) return;
  one("[data-drop-words]").textContent = one("[data-drop-words]").dataset.drop;
  for (const [input, inText] of [[files, false], [picture, true]]) {
    input.addEventListener("change", () => {
      goods.take([...input.files], inText);
      input.value = "";
    });
  }
  one("[data-picks=picture]").addEventListener("click", () => picture.click());
  const holds = (event) => event.dataTransfer?.types.includes("Files");
  form.addEventListener("dragover", (event) => {
    if (!holds(event)) return;
    event.preventDefault();
    form.parentElement.classList.add("is-over");
  });
  form.addEventListener("dragleave", (event) => form.contains(event.relatedTarget) || form.parentElement.classList.remove("is-over"));
  form.addEventListener("drop", (event) => {
    form.parentElement.classList.remove("is-over");
    if (!holds(event)) return;
    event.preventDefault();
    goods.take([...event.dataTransfer.files]);
  });
  const library = one("[data-library]");
  if (library) library.hidden = false;
  document.getElementById("pop-library")?.addEventListener("click", async (event) => {
    const entry = event.target.closest("[data-takes]");
    if (!entry) return;
    event.currentTarget.hidePopover();
    const draft = await keeping.ensure();
    const answer = draft && (await keeping.post(`/drafts/${draft}/library/${entry.dataset.takes}`, {}));
    const told = answer ? await keeping.json(answer) : {};
    if (answer?.ok) goods.admit(told, draft);
    else refuse(told.words || words.lost);
    change(false);
  });
}

function wireMenus() {
  document.getElementById("pop-signature")?.addEventListener("click", (event) => {
    const entry = event.target.closest("[data-signature]");
    if (!entry) return;
    event.currentTarget.hidePopover();
    byHand = true;
    sign(entry.dataset.signature);
  });
  document.getElementById("pop-template")?.addEventListener("click", async (event) => {
    const entry = event.target.closest("[data-template]");
    if (!entry) return;
    event.currentTarget.hidePopover();
    const first = people.to.people()[0]?.address ?? "";
    const answer = await fetch(`/templates/${entry.dataset.template}/filled?to=${encodeURIComponent(first)}`);
    const told = await keeping.json(answer);
    if (!answer.ok) return refuse(told.words || words.lost);
    if (!form.elements.subject.value) form.elements.subject.value = told.subject;
    modes.insert(told.html);
    if (told.unfilled.length) toast(words.unfilled.replace("%s", told.unfilled.join(", ")));
    change();
  });
}

/** What the sheet holds at first: what was kept, or an empty line, a signature, and what is answered. */
function firstMarkup() {
  if (page.content.html || page.id) return page.content.html;
  const quote = page.quote || (page.quote_text && asMarkup(page.quote_text));
  return `<div><br></div>${quote ? `<div class="yz-quote">${quote}</div>` : ""}`;
}

async function begin() {
  const held = keeping.recall();
  showSender();
  wireLines();
  wireFiles();
  wireMenus();
  for (const name of ["[data-discards]", "[data-later]", "[data-keeps]"]) one(name).hidden = false;
  one("[data-undo-words]").textContent = page.undo_s ? words.undo : "";
  form.elements.from.addEventListener("change", () => {
    showSender();
    if (!byHand && signed !== signatureOf()) sign(signatureOf());
    change();
  });
  form.addEventListener("input", (event) => (event.target.matches("#files, .typing") ? null : change()));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      send();
    } else if (event.key === "Enter" && event.target.matches("#subject")) event.preventDefault();
  });
  one("[data-discards]").addEventListener("click", discard);
  one("[data-leaves]").addEventListener("click", leave);
  one("[data-keeps]").addEventListener("click", leave);
  openLater(document.getElementById("pop-later"), { send, checks, page, words });
  if (!redirected) await openSheet(held);
  if (held) restore(held);
  else keeping.begin(gather());
  if (page.parts && !page.id) keeping.ensure();
  form.dataset.ready = "1";
  performance.mark("yizhan:writing");
  if (people.to.value()) modes?.focus(true);
  else people.to.focus();
  checks.soon();
}

async function openSheet() {
  const paper = await openPaper(document.getElementById("paper-frame"), {
    changed: () => change(),
    picture: goods.picture,
    embed: goods.embed,
    files: (list, inText) => goods.take(list, inText),
    left: (count) => toast(words.left.replace("%s", count)),
    send: () => send(),
  });
  modes = openModes(form, paper, { ask, words, changed: () => change() });
  modes.begin(firstMarkup(), page.content);
  if (!page.id) sign(signatureOf());
  openBar(one("[data-bar]"), paper);
  walkCells(paper);
  paper.wake();
}

function restore(held) {
  for (const [name, field] of Object.entries(people)) field.set(held[name] ?? "");
  if (form.elements.subject) form.elements.subject.value = held.subject ?? "";
  modes?.begin(held.html, held);
  touched = true;
  said("offline", words.kept);
  toast(words.kept);
  keeping.touch();
}

begin();
