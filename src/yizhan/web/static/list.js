// The list of messages: older ones come while one scrolls, new ones on top, what changed in its place; what is read
// does not move.  [data-stretch] is one answer of [data-rows]: it begins after one place of the list and ends at another,
// so each is asked for anew by itself, and only while it is in sight.
import { toast } from "./toasts.js";

const GATHER_MS = 150;
const NEAR = "1200px"; // older mail is asked for that long before one arrives at the end
const RECENT_MS = 15 * 60 * 1000; // older than that is history on its way, not news
const scroller = document.querySelector("[data-place]");
const list = document.querySelector("[data-rows]");
const empty = document.getElementById("no-rows");
const pill = document.querySelector("[data-fresh]");
const key = scroller && `yizhan-place:${scroller.dataset.place}`;
const stretches = () => [...list.querySelectorAll("[data-stretch]")];
const rowsOf = (root) => [...root.querySelectorAll("[data-row]")];
let stale = new WeakSet();
const seen = new WeakSet();
let due = null;
let fresh = 0;

// ---- asking ----
async function ask(begins, ends) {
  const address = new URL(list.dataset.rows, location.href);
  if (begins) address.searchParams.set("before", begins);
  if (ends) address.searchParams.set("until", ends);
  const answer = await fetch(address, { headers: { "X-Yizhan-Live": "1" } });
  if (answer.redirected) location.assign(answer.url); // signed out meanwhile
  if (answer.redirected || !answer.ok) return null;
  return new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-stretch]");
}

async function quietly(run) {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // nobody answered: the next news, or the next scrolling, asks again
    return null;
  }
}

// ---- older ones ----
const ends = list && new IntersectionObserver((seenNow) => seenNow.some((each) => each.isIntersecting) && older(), { root: scroller, rootMargin: NEAR });

async function older(event) {
  event?.preventDefault();
  const link = list.querySelector("[data-older]");
  if (!link || link.hasAttribute("aria-busy")) return;
  link.setAttribute("aria-busy", "true");
  const next = await quietly(() => ask(new URL(link.href).searchParams.get("before"), ""));
  if (next) {
    list.append(document.importNode(next, true));
    link.closest("p").remove();
  } else {
    link.removeAttribute("aria-busy");
    toast(list.dataset.failed);
  }
  tidy();
}

// ---- what became different ----
function news(change) {
  if (!/^(messages|mailboxes)\./.test(change.kind)) return;
  stale = new WeakSet(stretches()); // what is in sight is asked for at once, the rest when it comes into sight
  due ??= setTimeout(() => {
    due = null;
    refresh();
  }, GATHER_MS);
}

export async function refresh({ mine = false } = {}) {
  if (!list) return;
  const wanted = stretches().filter((each, index) => (mine || stale.has(each)) && (index === 0 || seen.has(each)));
  if (mine) stale = new WeakSet(stretches());
  for (const old of wanted) await renew(old, mine);
}

async function renew(old, mine) {
  stale.delete(old);
  const next = await quietly(() => ask(old.dataset.begins, old.dataset.ends));
  if (!next || !old.isConnected) return;
  const first = old === stretches()[0];
  const gone = rowsOf(old).filter((row) => !next.querySelector(`#${row.id}`));
  if (gone.length && !mine && list.matches(":hover")) {
    stale.add(old); // nothing moves away under the pointer
    for (const row of rowsOf(old)) replaceRow(row, next.querySelector(`#${row.id}`));
    list.addEventListener("pointerleave", () => refresh(), { once: true });
    return;
  }
  const cut = next.querySelector("[data-older]") && old.dataset.ends; // more than one answer holds: begin anew
  if (cut) for (const each of stretches()) if (each !== old) each.remove();
  const link = old.querySelector("[data-older]")?.closest("p");
  if (link && !cut && old.dataset.ends) next.append(link);
  if (old.dataset.ends && !cut) next.dataset.ends = old.dataset.ends;
  const came = first ? rowsOf(next).filter((row) => !old.querySelector(`#${row.id}`)) : [];
  put(old, document.importNode(next, true));
  if (came.length) tell(came);
}

function replaceRow(row, next) {
  if (!next) return;
  const into = document.importNode(next, true);
  into.querySelector(".pick").checked = row.querySelector(".pick").checked;
  const focused = row.contains(document.activeElement) && document.activeElement.className;
  row.replaceWith(into);
  if (focused) into.querySelector(`.${focused.split(" ")[0]}`)?.focus({ preventScroll: true });
}

function put(old, next) {
  remember();
  const focused = document.activeElement?.closest?.("[data-row]");
  const within = focused && old.contains(focused) && document.activeElement.className.split(" ")[0];
  const order = within ? rowsOf(old) : [];
  for (const row of rowsOf(next)) {
    const had = document.getElementById(row.id);
    if (had) row.querySelector(".pick").checked = had.querySelector(".pick").checked;
  }
  old.replaceWith(next);
  tidy();
  stay();
  if (!within) return;
  // After it went away the focus is where a reader goes on: at the row that has its place.
  const at = order.indexOf(focused);
  const heir = [focused, ...order.slice(at + 1), ...order.slice(0, at).reverse()].map((row) => document.getElementById(row.id)).find(Boolean);
  heir?.querySelector(`.${within}`)?.focus({ preventScroll: true });
}

function tell(came) {
  if (scroller.scrollTop > 0) {
    fresh += came.length;
    const form = new Intl.PluralRules(document.documentElement.lang).select(fresh);
    const forms = JSON.parse(pill.dataset.fresh);
    pill.querySelector("span").textContent = (forms[form] ?? forms.other).replace("{count}", fresh.toLocaleString(document.documentElement.lang));
    pill.hidden = false;
  }
  const recent = came.filter((row) => row.classList.contains("is-new") && Date.now() - Date.parse(row.querySelector("time").dateTime) < RECENT_MS);
  if (!recent.length || !document.hidden || window.Notification?.permission !== "granted") return;
  const [row] = recent;
  const text = [row.querySelector(".sender .cut").textContent, row.querySelector(".subject .cut").textContent].join(": ");
  new Notification(recent.length > 1 ? `${text} (+${recent.length - 1})` : text, { tag: row.id });
}

// ---- the shape of the whole ----
function tidy() {
  let last = "";
  for (const day of list.querySelectorAll(".day")) {
    day.hidden = day.textContent === last; // a day that goes on in the next stretch has one head
    last = day.textContent;
  }
  const current = location.pathname;
  for (const row of rowsOf(list)) {
    const open = row.querySelector(".open");
    const is = new URL(open.href).pathname === current;
    row.classList.toggle("is-current", is);
    is ? open.setAttribute("aria-current", "true") : open.removeAttribute("aria-current");
  }
  empty.hidden = rowsOf(list).length > 0;
  for (const each of stretches()) sight.observe(each);
  ends.disconnect();
  const link = list.querySelector("[data-older]");
  if (link) ends.observe(link);
  document.dispatchEvent(new CustomEvent("yizhan:rows"));
}

const sight =
  list &&
  new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        isIntersecting ? seen.add(target) : seen.delete(target);
        if (isIntersecting && stale.has(target)) renew(target, false);
      }
    },
    { root: scroller },
  );

// ---- the place ----
let anchor = null;

function remember() {
  const top = scroller.getBoundingClientRect().top;
  const row = rowsOf(list).find((each) => each.getBoundingClientRect().bottom > top);
  const holds = scroller.scrollTop > 0 || list.matches(":hover");
  anchor = holds && row ? { rows: rowsOf(list).slice(rowsOf(list).indexOf(row)).map((each) => each.id), offset: row.getBoundingClientRect().top - top } : null;
}

function stay() {
  const row = anchor?.rows.map((id) => document.getElementById(id)).find(Boolean);
  if (row) scroller.scrollTop += row.getBoundingClientRect().top - scroller.getBoundingClientRect().top - anchor.offset;
}

export const markCurrent = () => list && tidy();

if (list) {
  tidy();
  scroller.scrollTop = Number(sessionStorage.getItem(key) ?? 0);
  document.querySelector(".msg.is-current")?.scrollIntoView({ block: "nearest" });
  remember();
  document.addEventListener("yizhan:change", ({ detail }) => news(detail));
  list.addEventListener("click", (event) => event.target.closest("[data-older]") && older(event));
  scroller.addEventListener("scroll", () => {
    if (scroller.scrollTop > 0) return;
    fresh = 0;
    pill.hidden = true;
  }, { passive: true });
  pill.addEventListener("click", () => scroller.scrollTo({ top: 0 }));
  window.addEventListener("pagehide", () => sessionStorage.setItem(key, String(scroller.scrollTop)));
}
