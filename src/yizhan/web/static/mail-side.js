// The trees of mailboxes beside mail: opened and shut, remembered in a cookie so that the server draws them as they
// were left, and the acts of one mailbox in a dialog.
const NAME = "yizhan_folds";
const MOST = 200; // as the server reads

const kept = () => new Set((document.cookie.match(/(?:^|; )yizhan_folds=([^;]*)/)?.[1] ?? "").split(".").filter(Boolean));

function keep(word, isOpen) {
  const words = kept();
  words.delete(word);
  if (isOpen) words.add(word);
  document.cookie = `${NAME}=${[...words].slice(-MOST).join(".")}; path=/; max-age=31536000; samesite=lax`;
}

// What stands inside something shut is hidden, in the order of the page.
function hide(list) {
  let shutAt = Infinity;
  for (const row of list.children) {
    const depth = Number(row.dataset.depth);
    if (depth <= shutAt) shutAt = Infinity;
    row.hidden = depth > shutAt;
    if (shutAt === Infinity && row.querySelector(".fold[aria-expanded=false]")) shutAt = depth;
  }
}

async function fill(place) {
  const answer = await fetch(place.dataset.boxes);
  if (answer.ok) place.innerHTML = await answer.text();
}

document.addEventListener("click", async (event) => {
  const fold = event.target.closest("[data-fold]");
  if (fold) {
    const isOpen = fold.getAttribute("aria-expanded") !== "true";
    fold.setAttribute("aria-expanded", isOpen);
    keep(fold.dataset.fold, isOpen);
    const list = fold.closest(".boxes");
    if (list) return hide(list);
    const place = document.getElementById(fold.getAttribute("aria-controls"));
    if (isOpen && !place.firstElementChild) await fill(place);
    place.hidden = !isOpen;
    return;
  }
  const dots = event.target.closest("a[data-boxmenu]");
  if (!dots || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const answer = await fetch(dots.href);
  const acts = answer.ok && new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-boxacts]");
  if (!acts) return location.assign(dots.href);
  const dialog = document.createElement("dialog");
  dialog.className = "boxmenu";
  dialog.setAttribute("aria-label", dots.getAttribute("aria-label"));
  dialog.append(document.importNode(acts, true));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
});
