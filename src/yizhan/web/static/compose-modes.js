// The sheet in its three ways: with looks, as plain text, and as source.
import { asMarkup } from "./compose-text.js";

export function openModes(form, paper, { ask, words, changed }) {
  const one = (selector) => form.querySelector(selector);
  const text = document.getElementById("text");
  const source = document.getElementById("source");
  const bar = one("[data-bar]");
  const fold = one("[data-folds]");
  let mode = "rich";

  function show(wanted) {
    mode = wanted;
    paper.frame.hidden = mode !== "rich";
    text.hidden = mode !== "plain";
    source.hidden = mode !== "source";
    bar.hidden = false;
    for (const tool of bar.querySelectorAll(".tool:not([data-mode])")) tool.disabled = mode !== "rich";
    for (const name of ["plain", "source"]) one(`[data-mode=${name}]`)?.setAttribute("aria-pressed", String(mode === name));
    if (fold) fold.hidden = mode !== "rich" || !paper.root.querySelector(".yz-quote");
  }

  async function toPlain() {
    if (paper.hasLooks() && !(await ask({ title: words.plain_title, text: words.plain_text, verb: words.plain_verb }))) return;
    text.value = paper.text();
    show("plain");
    text.focus();
    changed();
  }

  function toRich() {
    if (mode === "plain") paper.set(asMarkup(text.value));
    if (mode === "source") paper.set(source.value);
    show("rich");
    paper.focus();
    changed();
  }

  one("[data-mode=plain]")?.addEventListener("click", () => {
    if (mode === "source") toRich();
    if (mode === "plain") toRich();
    else toPlain();
  });
  one("[data-mode=source]").addEventListener("click", () => {
    if (mode === "source") return toRich();
    if (mode === "plain") toRich();
    source.value = paper.html();
    show("source");
    source.focus();
  });
  fold?.addEventListener("click", () => {
    const folded = paper.page.documentElement.toggleAttribute("data-folded");
    fold.setAttribute("aria-expanded", String(!folded));
  });

  return {
    /** As kept before, or new. */
    begin(html, content) {
      paper.set(html || (content.plain ? "" : asMarkup(content.text ?? "")));
      text.value = content.plain ? (content.text ?? "") : "";
      show(content.plain ? "plain" : "rich");
    },
    content: () => (mode === "plain" ? { html: "", text: text.value, plain: true } : { html: mode === "source" ? source.value : paper.html(), text: "", plain: false }),
    sign: (html) => mode === "rich" && paper.sign(html),
    insert(html) {
      if (mode !== "rich") toRich();
      paper.focus();
      paper.squire.insertHTML(html);
    },
    picture(cid, url, name) {
      if (mode !== "rich") return;
      if (paper.cids().has(cid)) return;
      paper.squire.insertImage(url, { "data-cid": cid, alt: name });
    },
    drop(cid) {
      paper.root.querySelector(`img[data-cid="${cid}"]`)?.remove();
      changed();
    },
    focus: (atStart) => (mode === "rich" ? paper.focus(atStart) : text.focus()),
  };
}
