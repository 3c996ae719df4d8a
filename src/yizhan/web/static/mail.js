// The list keeps its place, the frame its height, the drawer its state.
import { addKey } from "./keys.js";

// ---- the list: a page that is loaded again, or rows that are put in anew, stay where they were ----
const scroller = document.querySelector("[data-place]");
const key = scroller && `yizhan-place:${scroller.dataset.place}`;
let anchor = null;

function remember() {
  const top = scroller.getBoundingClientRect().top;
  const row = [...scroller.querySelectorAll("[data-row]")].find((each) => each.getBoundingClientRect().bottom > top);
  anchor = scroller.scrollTop > 0 && row ? { id: row.id, offset: row.getBoundingClientRect().top - top } : null;
}

function stay() {
  const row = anchor && document.getElementById(anchor.id);
  if (row) scroller.scrollTop += row.getBoundingClientRect().top - scroller.getBoundingClientRect().top - anchor.offset;
}

if (scroller) {
  scroller.scrollTop = Number(sessionStorage.getItem(key) ?? 0);
  document.querySelector(".msg.is-current")?.scrollIntoView({ block: "nearest" });
  remember();
  scroller.addEventListener("scroll", remember, { passive: true });
  document.addEventListener("yizhan:swapped", stay);
  window.addEventListener("pagehide", () => sessionStorage.setItem(key, String(scroller.scrollTop)));
}

// ---- the frame: no script runs in it, so the page around it asks how high it is ----
const MOST = 40000; // pixels; what is higher scrolls inside

function fit(frame) {
  const page = frame.contentDocument?.documentElement;
  if (!page) return;
  frame.style.height = "0";
  frame.style.height = `${Math.min(MOST, Math.max(page.scrollHeight, 40) + 2)}px`;
}

for (const frame of document.querySelectorAll("iframe[data-grows]")) {
  let width = 0;
  const grow = () => {
    fit(frame);
    for (const image of frame.contentDocument?.images ?? []) image.addEventListener("load", () => fit(frame), { once: true });
  };
  frame.addEventListener("load", grow);
  if (frame.contentDocument?.readyState === "complete") grow();
  new ResizeObserver(() => {
    if (frame.clientWidth !== width) fit(frame);
    width = frame.clientWidth;
  }).observe(frame);
}

// ---- the drawer ----
for (const button of document.querySelectorAll("[data-drawer]")) {
  const drawer = document.getElementById(button.dataset.drawer);
  const show = (shown) => {
    drawer.classList.toggle("open", shown);
    button.setAttribute("aria-expanded", String(shown));
    (shown ? drawer.querySelector("a, button") : button).focus();
  };
  button.addEventListener("click", () => show(!drawer.classList.contains("open")));
  document.addEventListener("click", (event) => {
    if (drawer.classList.contains("open") && !drawer.contains(event.target) && !button.contains(event.target)) show(false);
  });
  addKey("Escape", () => drawer.classList.contains("open") && show(false), "");
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});
