// News of the store.  An element with an id and data-live="account request:12" is fetched anew and put in place when
// a change comes whose kind begins with one of the words (`account` for `account.status`) or whose subject is one.
// Focus, picked rows and scroll stay.  Under data-live-hold nothing moves while the pointer is over it.
// Others listen to `yizhan:change` on the document; `event.detail` is {seq, kind, subject, payload}.
const GATHER_MS = 120;
const WHILE_OPENING_MS = 20000; // what became different while a part of the page was on its way may not be in it
const address = document.body.dataset.events;
let due = null;
let busy = false;
let again = false;
let heard = [];

const live = (root) => [...root.querySelectorAll("[data-live][id]")];

function concerns(element, change) {
  return element.dataset.live.split(" ").some((word) => change.subject === word || change.kind === word || change.kind.startsWith(`${word}.`));
}

function schedule() {
  due ??= setTimeout(refresh, GATHER_MS);
}

async function refresh() {
  due = null;
  if (busy) {
    again = true;
    return;
  }
  busy = true;
  try {
    const answer = await fetch(location.href, { headers: { "X-Yizhan-Live": "1" } });
    if (answer.redirected) location.assign(answer.url);
    else if (answer.ok) swap(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // nobody answered: the next news, after they are back, fetches it
  } finally {
    busy = false;
    if (again) {
      again = false;
      schedule();
    }
  }
}

function swap(fresh) {
  const told = document.querySelector("[data-focus]"); // a verdict that was there before
  for (const old of live(document)) {
    const next = fresh.getElementById(old.id);
    if (!next || next.isEqualNode(old)) continue;
    if (old.hasAttribute("data-live-hold") && old.matches(":hover")) {
      old.addEventListener("pointerleave", schedule, { once: true });
      continue;
    }
    if (old.contains(document.activeElement) && document.activeElement.matches("input:not([type=checkbox]), textarea, select")) continue;
    keepFocus(old, next, () => old.replaceWith(document.importNode(next, true)));
  }
  if (!told) document.querySelector("[data-focus]")?.focus();
  document.title = fresh.title;
  document.dispatchEvent(new CustomEvent("yizhan:swapped"));
}

function keepFocus(old, next, put) {
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  const picked = new Set([...old.querySelectorAll("input.pick:checked")].map((pick) => pick.value));
  const opened = new Set([...old.querySelectorAll("details[open][id]")].map((each) => each.id));
  for (const pick of next.querySelectorAll("input.pick")) pick.checked = picked.has(pick.value);
  for (const each of next.querySelectorAll("details[id]")) if (opened.has(each.id)) each.open = true;
  put();
  for (const pick of document.querySelectorAll("input.pick")) if (picked.has(pick.value)) pick.checked = true;
  if (!focused) return;
  const href = focused.getAttribute("href");
  const same = focused.id ? document.getElementById(focused.id) : href ? document.querySelector(`a[href="${CSS.escape(href)}"]`) : null;
  same?.focus({ preventScroll: true });
}

if (address) {
  const source = new EventSource(`${address}?after=${document.body.dataset.seq}`);
  source.addEventListener("change", (event) => {
    const change = JSON.parse(event.data);
    document.dispatchEvent(new CustomEvent("yizhan:change", { detail: change }));
    heard = [...heard.filter(({ at }) => at > Date.now() - WHILE_OPENING_MS), { at: Date.now(), change }];
    if (live(document).some((element) => concerns(element, change))) schedule();
  });
  document.addEventListener("yizhan:opened", () => {
    const late = heard.filter(({ at }) => at > Date.now() - WHILE_OPENING_MS);
    if (live(document).some((element) => element.dataset.live.startsWith("request:") && late.some(({ change }) => concerns(element, change)))) schedule();
  });
  window.addEventListener("pagehide", () => source.close());
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
}
