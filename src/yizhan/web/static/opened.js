// A message opened beside the list: only the reader is fetched, so the list stays as it was, however far it was scrolled.
// What is no message's own page is gone to as always.
import { markCurrent } from "./list.js";

const sheet = document.querySelector(".sheet.mail");
const isMessage = (address) => address.origin === location.origin && /^\/mail\/\d+$/.test(address.pathname);
let latest = 0;

async function open(address, push) {
  const turn = ++latest;
  const answer = await fetch(address, { headers: { "X-Yizhan-Live": "1" } }).catch(() => null);
  if (turn !== latest) return;
  const page = answer?.ok && !answer.redirected ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
  const reader = page?.querySelector(".sheet.mail > .reader");
  if (!reader) {
    location.assign(address);
    return;
  }
  if (push) history.pushState({ reader: true }, "", address);
  put(reader, page.title, isMessage(new URL(address)));
}

function put(reader, title, isOpen) {
  const phone = getComputedStyle(sheet.querySelector(".list")).display === "none" || matchMedia("(max-width: 720px)").matches;
  sheet.querySelector(":scope > .reader").replaceWith(document.importNode(reader, true));
  sheet.classList.toggle("is-open", isOpen);
  document.title = title;
  markCurrent();
  document.querySelector(".msg.is-current")?.scrollIntoView({ block: "nearest" });
  document.dispatchEvent(new CustomEvent("yizhan:opened"));
  if (phone && isOpen) document.getElementById("main").focus({ preventScroll: true });
}

const listAddress = () => new URL(document.querySelector("[data-place]").dataset.place, location.href).href;

/** Open the message of a row; without one go back to the list. */
export function openRow(row) {
  open(row?.querySelector("a.open").href ?? listAddress(), true);
}

if (sheet && document.querySelector("[data-place]")) {
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    if (!sheet.contains(link) || link.target || link.hasAttribute("download")) return;
    const address = new URL(link.href);
    if (!isMessage(address) && !link.matches(".reader a.back")) return;
    event.preventDefault();
    open(link.matches(".reader a.back") ? listAddress() : address.href, true);
  });
  window.addEventListener("popstate", () => open(location.href, false));
}
