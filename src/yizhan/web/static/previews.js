// data-previews on a link: what its page shows of a file comes into the dialog over the reader.  Arrows go to the next
// file; Escape closes, and focus is where it was.
let latest = 0;

async function show(address, dialog) {
  const turn = ++latest;
  const room = dialog.querySelector("[data-room]");
  room.replaceChildren(dialog.querySelector("template").content.cloneNode(true));
  if (!dialog.open) dialog.showModal();
  const answer = await fetch(address, { headers: { "X-Yizhan-Live": "1" } }).catch(() => null);
  if (turn !== latest || !dialog.open) return;
  const page = answer?.ok && !answer.redirected ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
  const preview = page?.querySelector(".preview");
  if (!preview) {
    location.assign(address);
    return;
  }
  room.replaceChildren(document.importNode(preview, true));
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-previews]");
  const dialog = document.getElementById("preview");
  if (!link || !dialog || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  show(link.href, dialog);
});

document.addEventListener("keydown", (event) => {
  const towards = { ArrowLeft: "prev", ArrowRight: "next" }[event.key];
  if (!towards || event.target.closest("pre, .preview-sheet")?.matches(":focus") || event.altKey) return;
  document.querySelector(`dialog#preview[open] a[rel=${towards}]`)?.click();
});
