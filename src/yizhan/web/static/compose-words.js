// The sheet for words that are kept, a signature or a template: the same one as for a message, without files.
import { openBar } from "./compose-bar.js";
import { openModes } from "./compose-modes.js";
import { openPaper } from "./compose-paper.js";
import { walkCells } from "./compose-tables.js";

const form = document.getElementById("words");
const text = document.getElementById("text");
const frame = document.getElementById("paper-frame");
const nothing = () => {};
const paper = await openPaper(frame, { changed: nothing, picture: () => "", embed: () => null, files: nothing, left: nothing, send: () => form.requestSubmit() });
const modes = openModes(form, paper, { ask: async () => true, words: {}, changed: nothing });
const kept = text.value;
modes.begin(kept, { plain: false });
openBar(form.querySelector("[data-bar]"), paper);
walkCells(paper);
form.addEventListener("submit", () => (text.value = modes.content().html));
for (const button of document.querySelectorAll("[data-variable]")) {
  button.addEventListener("click", () => {
    paper.focus();
    paper.squire.insertPlainText(button.dataset.variable);
  });
}
form.dataset.ready = "1";
