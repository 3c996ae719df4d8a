// What just happened: six seconds or data-seconds, longer while the pointer or the focus is on it.
const SECONDS = 6;

export function toast(text) {
  const made = document.createElement("div");
  made.className = "toast";
  made.append(text);
  raise(made);
}

/** Show a toast that the server wrote; what can be undone takes the place of what could. */
export function raise(made) {
  const region = document.querySelector("[data-toasts]");
  if (made.querySelector("[data-undo]")) region.querySelector(".toast:has([data-undo])")?.remove();
  region.append(made);
  fade(made);
}

function fade(shown) {
  const seconds = Number(shown.dataset.seconds ?? SECONDS);
  let left = setTimeout(() => shown.remove(), seconds * 1000);
  const stay = () => clearTimeout(left);
  const go = () => (left = setTimeout(() => shown.remove(), seconds * 1000));
  shown.addEventListener("pointerenter", stay);
  shown.addEventListener("focusin", stay);
  shown.addEventListener("pointerleave", go);
  shown.addEventListener("focusout", go);
}

document.querySelectorAll("[data-toasts] .toast").forEach(fade);

// data-copy="ID" copies the text of an element, data-copy-text its own; data-copied is what is then said.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy], [data-copy-text]");
  if (!button) return;
  const text = button.dataset.copyText ?? document.getElementById(button.dataset.copy).textContent;
  await navigator.clipboard.writeText(text.trim());
  toast(button.dataset.copied);
});
