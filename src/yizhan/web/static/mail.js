// The mail pages: list, opened message and acts by their own modules; here the frame's height and the drawer's state.
import "./acts.js";
import "./previews.js";
import { addKey } from "./keys.js";

// ---- the frame: no script runs in it, so the page around it asks how high it is ----
const watched = new WeakSet();
const MOST = 40000; // pixels; what is higher scrolls inside

function fit(frame) {
  const page = frame.contentDocument?.documentElement;
  if (!page) return;
  frame.style.height = "0";
  frame.style.height = `${Math.min(MOST, Math.max(page.scrollHeight, 40) + 2)}px`;
}

function watch(frame) {
  if (watched.has(frame)) return;
  watched.add(frame);
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

const watchAll = () => document.querySelectorAll("iframe[data-grows]").forEach(watch);
document.addEventListener("yizhan:opened", watchAll);

// ---- what was waited for: the message's bytes bring a frame, its remote pictures change the one that is there ----
const picturesAre = () => document.getElementById("pictures")?.dataset.state ?? "";
let pictures = picturesAre();
document.addEventListener("yizhan:opened", () => (pictures = picturesAre()));
document.addEventListener("yizhan:swapped", () => {
  watchAll();
  if (picturesAre() !== pictures) document.getElementById("frame")?.contentWindow.location.reload();
  pictures = picturesAre();
});
watchAll();

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
