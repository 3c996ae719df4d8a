// While an address is typed: what it tells is fetched and put beside the fields.  What was typed elsewhere stays.
const form = document.querySelector("form[data-recognise]");
const field = form.elements.address;
const WAIT_MS = 300;
let due = null;
let seen = field.value;
let touched = false; // servers that somebody typed are not written over

form.addEventListener("input", (event) => {
  if (event.target.closest("#servers")) touched = true;
  if (event.target !== field) return;
  clearTimeout(due);
  due = setTimeout(look, WAIT_MS);
});
field.addEventListener("change", look);

async function look() {
  clearTimeout(due);
  const address = field.value.trim();
  if (address === seen) return;
  seen = address;
  await fetchInto(`${form.dataset.recognise}?address=${encodeURIComponent(address)}`, address);
}

// A domain that the catalogue does not know: the engine asks around, and its news says when it is done.
async function discover(address) {
  const ask = form.querySelector("[data-discover]");
  if (!ask) return;
  const body = new URLSearchParams({ address, csrfmiddlewaretoken: form.elements.csrfmiddlewaretoken.value });
  await put(await fetch(ask.dataset.discover, { method: "POST", body }), address);
}

document.addEventListener("yizhan:change", (event) => {
  const search = form.querySelector("[data-found]");
  if (search?.dataset.state !== "searching" || event.detail.subject !== search.dataset.found) return;
  if (event.detail.kind !== "request.settled") return;
  const address = field.value.trim();
  fetchInto(`${form.dataset.recognise}?${new URLSearchParams({ address, found: search.value })}`, address);
});

async function fetchInto(url, address) {
  await put(await fetch(url), address);
}

async function put(answer, address) {
  if (!answer.ok || address !== field.value.trim()) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const old of document.querySelectorAll("[data-recognised]")) {
    const next = fresh.getElementById(old.id);
    if (!next || (old.id === "servers" && touched)) continue;
    const secret = old.querySelector("input[name=secret]");
    const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
    const kept = secret ? secret.value : "";
    old.replaceChildren(...document.importNode(next, true).childNodes);
    if (kept) old.querySelector("input[name=secret]").value = kept;
    if (focused) document.getElementById(focused)?.focus();
  }
  await discover(address);
}
