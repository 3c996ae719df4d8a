// The sheet one writes on: a frame of its own, with a policy under which nothing in it runs and nothing remote loads.
// Squire edits it from here, with the frame's own window.
import { clean } from "./compose-clean.js";
import { asText } from "./compose-text.js";
import makeSquire from "./squire.min.js";

const COLOURED = "[bgcolor], [style*='color']";

const ready = (frame) =>
  new Promise((resolve) => {
    const look = () => {
      const root = frame.contentDocument?.getElementById("paper");
      if (root) resolve(root);
      return root;
    };
    look() || frame.addEventListener("load", look);
  });

/**
 * `changed()` after each change; `picture(cid)`, `embed(blob)` as `clean` wants them; `files(list)` takes what was
 * dropped or pasted; `left(count)` says how many remote pictures a paste came without.
 */
export async function openPaper(frame, { changed, picture, embed, files, left, send }) {
  const root = await ready(frame);
  const page = frame.contentDocument;
  const Squire = makeSquire(frame.contentWindow);
  let pasted = false;
  const sanitise = (html) => {
    let remote = 0;
    const made = clean(html, { document: page, pasted, picture, embed, remote: () => (remote += 1) });
    if (remote && pasted) left(remote);
    return made;
  };
  const squire = new Squire(root, { sanitizeToDOMFragment: sanitise, didError: (error) => reportError(error), undo: { documentSizeThreshold: 200_000, undoLimit: 60 } });
  page.documentElement.dataset.theme = document.documentElement.dataset.theme;
  page.documentElement.lang = document.documentElement.lang;

  // Squire hands every markup to one function; what is pasted or dropped from elsewhere is reduced, our own is not.
  const insert = squire.insertHTML.bind(squire);
  squire.insertHTML = (html, isPaste) => {
    pasted = Boolean(isPaste) && !html.includes("<!-- squire -->");
    insert(html, isPaste);
    pasted = false;
    return squire;
  };
  let awake = false; // what is put in before the person writes is no change of theirs
  squire.addEventListener("input", () => awake && changed());
  squire.addEventListener("willPaste", ({ detail: { fragment } }) => {
    if (fragment?.lastElementChild?.localName === "table") fragment.append(squire.createDefaultBlock()); // one writes on below it
  });
  squire.addEventListener("pasteImage", (event) => files([...event.detail.clipboardData.files], true));
  root.addEventListener("dragover", (event) => event.dataTransfer.types.includes("Files") && event.preventDefault());
  root.addEventListener("drop", (event) => {
    if (!event.dataTransfer.files.length) return;
    event.preventDefault();
    files([...event.dataTransfer.files], true);
  });
  root.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    send();
  }, true);
  new ResizeObserver(() => (frame.style.height = `${root.offsetHeight + 2}px`)).observe(root);
  page.addEventListener("mousedown", (event) => {
    if (root.contains(event.target)) return;
    event.preventDefault(); // below the last line: the caret goes there
    squire.focus().moveCursorToEnd();
  });

  const paper = {
    squire,
    root,
    page,
    frame,
    /** As it is kept: pictures by their Content-ID, nothing of the editor's own. */
    html() {
      const copy = document.implementation.createHTMLDocument("").importNode(root, true);
      copy.querySelector(".squire-image-resize-container")?.remove();
      for (const image of copy.querySelectorAll("img[data-cid]")) {
        image.setAttribute("src", `cid:${image.dataset.cid}`);
        for (const name of ["data-cid", "tabindex"]) image.removeAttribute(name);
      }
      const blank = !copy.textContent.replace(/[\s\u200b]/g, "") && !copy.querySelector("img, table, hr");
      return blank ? "" : copy.innerHTML.replace(/\u200b/g, "");
    },
    set(html) {
      squire.setHTML(html);
      const light = root.querySelector(".yz-quote")?.querySelector(COLOURED);
      if (light) page.documentElement.dataset.theme = "light";
    },
    text: () => asText(root),
    /** Whether plain text would lose anything but line breaks. */
    hasLooks: () => Boolean(root.querySelector("b, i, u, s, a, img, table, ul, ol, h1, h2, h3, blockquote, hr, [style]")),
    /** The signature: put in, put in the place of another, or taken out; above what is quoted. */
    sign(html) {
      const held = root.querySelector(".yz-signature");
      if (!held && !html) return;
      squire.saveUndoState();
      const block = page.createElement("div");
      block.className = "yz-signature";
      block.append(sanitise(html));
      if (held && html) held.replaceWith(block);
      else if (held) held.remove();
      else {
        const quote = root.querySelector(".yz-quote");
        const line = squire.createDefaultBlock();
        quote ? quote.before(line, block) : root.append(line, block);
      }
      if (awake) changed();
    },
    cids: () => new Set([...root.querySelectorAll("img[data-cid]")].map((image) => image.dataset.cid)),
    wake: () => queueMicrotask(() => (awake = true)),
    focus(atStart) {
      frame.contentWindow.focus();
      squire.focus();
      if (atStart) squire.moveCursorToStart();
    },
  };
  return paper;
}
