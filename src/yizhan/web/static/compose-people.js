// Recipients as pills: typed, completed, pasted as lists; each can be changed, moved and taken out by mouse and by keys.
import { parsePeople, written, looksRight } from "./compose-addresses.js";

const MOST_SHOWN = 8;
const WAIT_MS = 120;

/** Every [data-people] of the form becomes a field of pills; its hidden input holds what is typed, as a list. */
export function openPeople(form, { changed, words }) {
  return Object.fromEntries([...form.querySelectorAll("[data-people]")].map((box) => [box.dataset.people, open(box, { changed, words })]));
}


function open(box, { changed, words }) {
  const held = box.querySelector("input");
  const typing = held.cloneNode();
  typing.removeAttribute("name");
  typing.value = "";
  held.removeAttribute("id");
  held.type = "hidden";
  typing.className = "typing";
  const list = document.createElement("ul");
  list.id = `${typing.id}-found`;
  list.className = "found";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", words.found);
  list.hidden = true;
  for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id })) typing.setAttribute(name, value);
  const pills = document.createElement("ul");
  pills.className = "pills";
  pills.setAttribute("aria-label", box.dataset.label);
  box.append(pills, typing, list);
  const field = { box, held, pills, typing, list, people: parsePeople(held.value), doubts: new Map(), changed, words };
  draw(field);
  listen(field);
  complete(field);
  return {
    value: () => field.held.value,
    people: () => field.people,
    commit: () => commit(field),
    focus: () => typing.focus(),
    set: (typed) => {
      field.people = parsePeople(typed);
      keep(field, false);
    },
    /** Addresses that may be wrong: {address: what it should be, or ""}. */
    doubt(doubts) {
      const now = JSON.stringify([...doubts]);
      if (now === JSON.stringify([...field.doubts])) return;
      field.doubts = doubts;
      draw(field);
    },
    replace(wrong, right) {
      if (!field.people.some((each) => each.address === wrong)) return;
      field.people = field.people.map((each) => (each.address === wrong ? { ...each, address: right } : each));
      keep(field);
    },
  };
}

function keep(field, tell = true) {
  const seen = new Set();
  field.people = field.people.filter(({ address }) => !seen.has(address.toLowerCase()) && seen.add(address.toLowerCase()));
  field.held.value = field.people.map(written).join(", ");
  draw(field);
  if (tell) field.changed();
}

function commit(field, pasted = "") {
  const more = parsePeople(field.typing.value + pasted);
  close(field);
  if (!more.length) return;
  field.typing.value = "";
  field.people = [...field.people, ...more];
  keep(field);
}

// ---- drawing ----
function draw(field) {
  const focused = field.pills.contains(document.activeElement) ? [...field.pills.children].indexOf(document.activeElement) : -1;
  field.pills.replaceChildren(...field.people.map((person, at) => pill(field, person, at)));
  if (focused >= 0) (field.pills.children[Math.min(focused, field.people.length - 1)] ?? field.typing).focus();
}

function pill(field, person, at) {
  const made = document.createElement("li");
  made.className = "pill person";
  made.tabIndex = -1;
  made.draggable = true;
  made.title = person.address;
  const doubt = field.doubts.get(person.address);
  if (doubt !== undefined || !looksRight(person.address)) {
    made.classList.add("is-bad");
    made.append(drawing("diamond"));
    made.title = doubt ? field.words.meant.replace("%s", doubt) : field.words.doubtful;
  }
  const name = document.createElement("bdi");
  name.textContent = person.name || person.address;
  made.append(name);
  if (person.name) {
    const domain = document.createElement("small");
    domain.textContent = person.address.split("@").at(-1);
    made.append(domain);
  }
  const remove = document.createElement("button");
  remove.type = "button";
  remove.tabIndex = -1;
  remove.setAttribute("aria-label", `${field.words.remove}: ${person.address}`);
  remove.append(drawing("x"));
  made.append(remove);
  made.dataset.at = at;
  return made;
}

function drawing(name) {
  const sprite = document.querySelector("svg.ic use").getAttribute("href").split("#")[0];
  const made = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  made.setAttribute("class", "ic s");
  made.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${sprite}#${name}`);
  made.append(use);
  return made;
}

// ---- acts ----
function take(field, at) {
  const [person] = field.people.splice(at, 1);
  keep(field);
  return person;
}

function edit(field, at) {
  commit(field);
  const person = take(field, at);
  field.typing.value = written(person);
  field.typing.focus();
}

function listen(field) {
  const { box, pills, typing } = field;
  box.addEventListener("mousedown", (event) => {
    if (event.target !== box && event.target !== pills) return;
    event.preventDefault();
    typing.focus();
  });
  pills.addEventListener("click", (event) => {
    const at = event.target.closest("li")?.dataset.at;
    if (!event.target.closest("button")) return event.target.closest("li")?.focus();
    take(field, Number(at));
    typing.focus();
  });
  pills.addEventListener("dblclick", (event) => event.target.closest("li") && edit(field, Number(event.target.closest("li").dataset.at)));
  pills.addEventListener("keydown", (event) => keysOfPill(field, event));
  typing.addEventListener("keydown", (event) => keysOfTyping(field, event));
  typing.addEventListener("blur", () => setTimeout(() => document.activeElement !== typing && commit(field), 150));
  typing.addEventListener("paste", (event) => {
    const text = event.clipboardData.getData("text/plain");
    if (!/[,;，；、\n\t]/.test(text.trim()) && !/@.*\s.*@/.test(text)) return;
    event.preventDefault();
    commit(field, text);
  });
  pills.addEventListener("dragstart", (event) => {
    const at = Number(event.target.dataset.at);
    event.dataTransfer.setData("text/plain", written(field.people[at]));
    event.dataTransfer.setData("text/x-yizhan-person", "1");
    field.dragged = at;
  });
  pills.addEventListener("dragend", (event) => {
    if (event.dataTransfer.dropEffect === "move" && field.dragged !== undefined) take(field, field.dragged);
    field.dragged = undefined;
  });
  box.addEventListener("dragover", (event) => event.dataTransfer.types.includes("text/x-yizhan-person") && field.dragged === undefined && event.preventDefault());
  box.addEventListener("drop", (event) => {
    if (!event.dataTransfer.types.includes("text/x-yizhan-person") || field.dragged !== undefined) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "move";
    field.people = [...field.people, ...parsePeople(event.dataTransfer.getData("text/plain"))];
    keep(field);
  });
}

function keysOfPill(field, event) {
  const at = Number(event.target.closest("li")?.dataset.at ?? -1);
  if (at < 0 || event.target.localName === "button") return;
  const acts = {
    ArrowLeft: () => field.pills.children[at - 1]?.focus(),
    ArrowRight: () => (field.pills.children[at + 1] ?? field.typing).focus(),
    Delete: () => take(field, at),
    Backspace: () => take(field, at),
    Enter: () => edit(field, at),
    F2: () => edit(field, at),
  };
  if (!acts[event.key]) return;
  event.preventDefault();
  acts[event.key]();
}

function keysOfTyping(field, event) {
  if (event.isComposing || event.keyCode === 229) return; // an input method is at work: its Enter and Space are its own
  const { typing, list } = field;
  const options = [...list.children];
  const chosen = options.find((each) => each.ariaSelected === "true");
  if (!list.hidden && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    event.preventDefault();
    const step = event.key === "ArrowDown" ? 1 : -1;
    return mark(field, options[(options.indexOf(chosen) + step + options.length) % options.length]);
  }
  if (event.key === "Escape" && !list.hidden) {
    event.stopPropagation();
    return close(field);
  }
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) return commit(field);
  const ends = event.key === "Enter" || [",", ";", "，", "；", "、"].includes(event.key);
  if ((event.key === "Enter" || event.key === "Tab") && chosen && !list.hidden) {
    event.preventDefault();
    return pick(field, chosen);
  }
  if (ends && (typing.value.match(/"/g) ?? []).length % 2 === 0) {
    event.preventDefault();
    return commit(field);
  }
  if (typing.selectionEnd !== 0 || typing.value) return;
  if (event.key === "Backspace" && field.people.length) {
    event.preventDefault();
    edit(field, field.people.length - 1);
  }
  if (event.key === "ArrowLeft") field.pills.lastElementChild?.focus();
}

// ---- completing ----
function complete(field) {
  let due = 0;
  let asking = null;
  const { typing } = field;
  const ask = async () => {
    const sought = typing.value.trim();
    asking?.abort();
    if (!sought) return close(field);
    asking = new AbortController();
    const answer = await fetch(`/people?q=${encodeURIComponent(sought.slice(0, 100))}`, { signal: asking.signal }).catch(() => null);
    if (!answer?.ok || answer.redirected || typing.value.trim() !== sought || document.activeElement !== typing) return;
    offer(field, await answer.json());
  };
  const soon = () => {
    clearTimeout(due);
    due = setTimeout(ask, WAIT_MS);
  };
  typing.addEventListener("input", (event) => event.isComposing || soon());
  typing.addEventListener("compositionend", soon);
  field.list.addEventListener("mousedown", (event) => {
    event.preventDefault();
    const option = event.target.closest("li");
    if (option) pick(field, option);
  });
}

function offer(field, found) {
  const taken = new Set(field.people.map((each) => each.address.toLowerCase()));
  const shown = found.filter((each) => !taken.has(each.address.toLowerCase())).slice(0, MOST_SHOWN);
  field.list.replaceChildren(
    ...shown.map((person, at) => {
      const made = document.createElement("li");
      made.id = `${field.list.id}-${at}`;
      made.setAttribute("role", "option");
      const name = document.createElement("b");
      name.textContent = person.name || person.address;
      const address = document.createElement("small");
      address.textContent = person.name ? person.address : "";
      made.append(name, address);
      made.dataset.typed = written(person);
      return made;
    }),
  );
  field.list.hidden = !shown.length;
  field.typing.setAttribute("aria-expanded", String(Boolean(shown.length)));
  if (shown.length) mark(field, field.list.firstElementChild);
}

function mark(field, option) {
  for (const each of field.list.children) each.ariaSelected = String(each === option);
  field.typing.setAttribute("aria-activedescendant", option.id);
}

function close(field) {
  field.list.hidden = true;
  field.list.replaceChildren();
  field.typing.setAttribute("aria-expanded", "false");
  field.typing.removeAttribute("aria-activedescendant");
}

function pick(field, option) {
  field.typing.value = option.dataset.typed;
  commit(field);
  field.typing.focus();
}
