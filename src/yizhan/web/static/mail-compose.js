// The form keeps what is written: in this tab until it is handed in, whatever happens to the page or the server.
import { toast } from "./toasts.js";

const form = document.querySelector("form[data-writes]");
const key = `yizhan-written:${location.pathname}${location.search}`;
const KEPT = ["account", "to", "cc", "bcc", "subject", "text"];
const files = document.getElementById("files");
const refusal = document.getElementById("refusal");
let chosen = [];
let changed = false;

const fields = () => Object.fromEntries(KEPT.map((name) => [name, form.elements[name].value]));

function restore() {
  const kept = JSON.parse(sessionStorage.getItem(key) ?? "null");
  if (!kept || refusal.querySelector(".banner")) return;
  for (const name of KEPT) if (kept[name] !== undefined) form.elements[name].value = kept[name];
  changed = true;
  form.querySelector("[data-saved]").textContent = form.dataset.kept;
}

function keep() {
  changed = true;
  sessionStorage.setItem(key, JSON.stringify(fields()));
}

// ---- who it is from ----
function showWay() {
  const option = form.elements.account.selectedOptions[0];
  for (const way of form.querySelectorAll("[data-way]")) way.hidden = way.dataset.way !== option?.value;
  form.querySelector("[data-frompick]").className = `frompick t${option?.dataset.colour ?? 8}`;
}

// ---- files ----
const size = (bytes) => (bytes < 1024 * 1024 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`);

function showFiles() {
  const list = form.querySelector("[data-chosen]");
  list.replaceChildren(
    ...chosen.map((file, at) => {
      const row = document.createElement("li");
      row.className = "file";
      const name = document.createElement("span");
      name.className = "name";
      const title = document.createElement("bdi");
      title.className = "cut";
      title.textContent = file.name;
      const small = document.createElement("small");
      small.textContent = size(file.size);
      name.append(title, small);
      const remove = document.createElement("button");
      remove.type = "button";
      remove.textContent = "×";
      remove.setAttribute("aria-label", `${form.dataset.leave}: ${file.name}`);
      remove.addEventListener("click", () => {
        chosen.splice(at, 1);
        showFiles();
      });
      row.append(name, remove);
      return row;
    }),
  );
  const total = chosen.reduce((sum, file) => sum + file.size, 0);
  const tooLarge = total > Number(form.dataset.most) * 0.98;
  refuse(tooLarge ? form.dataset.large : "");
  form.querySelector("[data-sends]").disabled = tooLarge;
}

function take(more) {
  chosen = [...chosen, ...more];
  changed = true;
  showFiles();
}

// ---- sending ----
function refuse(text) {
  if (!text) {
    refusal.replaceChildren();
    return;
  }
  const banner = document.createElement("div");
  banner.className = "banner k-bad";
  banner.setAttribute("role", "alert");
  banner.textContent = text;
  refusal.replaceChildren(banner);
}

async function send() {
  const button = form.querySelector("[data-sends]");
  button.disabled = true;
  const data = new FormData(form);
  data.delete("files");
  for (const file of chosen) data.append("files", file, file.name);
  try {
    const answer = await fetch(form.action, { method: "POST", body: data });
    if (answer.redirected && new URL(answer.url).pathname.startsWith("/outbox")) {
      changed = false;
      sessionStorage.removeItem(key);
      location.assign(answer.url);
      return;
    }
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("refusal");
    if (answer.status === 413) refuse(form.dataset.large);
    else if (answer.status === 422 && fresh) refusal.replaceChildren(...document.importNode(fresh, true).childNodes);
    else refuse(form.dataset.lost);
    refusal.scrollIntoView({ block: "nearest" });
  } catch {
    refuse(form.dataset.lost);
  }
  button.disabled = false;
}

if (form) {
  restore();
  showWay();
  form.addEventListener("input", (event) => {
    if (event.target !== files) keep();
  });
  form.elements.account.addEventListener("change", showWay);
  files.addEventListener("change", () => {
    take([...files.files]);
    files.value = "";
  });
  form.addEventListener("dragover", (event) => event.preventDefault());
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    take([...event.dataTransfer.files]);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  form.querySelector("[data-discards]").addEventListener("click", () => {
    changed = false;
    sessionStorage.removeItem(key);
  });
  window.addEventListener("beforeunload", (event) => {
    if (changed && chosen.length) event.preventDefault();
  });
  if (changed) toast(form.dataset.kept);
}
