// Rows that can be picked: .pick in each row, .pick-all above them, [data-bulk] shown while any is picked.  Where more
// fits than is shown, [data-offer] in the bar takes everything: input[name=all] of the form then says so.
import { addKey } from "./keys.js";

let last = null;
const picks = () => [...document.querySelectorAll("input.pick")];
const whole = document.querySelector("input[name=all][form=act]");
const offer = document.querySelector("[data-offer]");
let words = null; // of [data-offer], once the number is known

function show() {
  const all = picks();
  const chosen = all.filter((pick) => pick.checked).length;
  for (const bar of document.querySelectorAll("[data-bulk]")) {
    bar.hidden = chosen === 0;
    const count = bar.querySelector("[data-count]");
    const said = whole?.value ? words.chosen : count?.dataset.count.replace("0", chosen.toLocaleString(document.documentElement.lang));
    if (count && count.textContent !== said) count.textContent = said;
  }
  for (const each of document.querySelectorAll("input.pick-all")) {
    each.checked = chosen > 0 && chosen === all.length;
    each.indeterminate = chosen > 0 && chosen < all.length;
  }
  if (offer) suggest(chosen > 0 && chosen === all.length);
}

// ---- everything that fits ----
async function suggest(isPage) {
  const more = isPage && !whole.value && document.querySelector("[data-older]");
  if (!more) {
    offer.hidden = true;
    return;
  }
  if (!offer.hidden) return;
  const address = document.querySelector("[data-count-address]").dataset.countAddress;
  const answer = await fetch(address, { headers: { "X-Yizhan-Live": "1" } });
  words = await answer.json();
  offer.textContent = words.offered;
  offer.hidden = false;
}

function everything() {
  whole.value = "1";
  show();
}

const narrow = () => whole && (whole.value = "");

document.addEventListener("click", (event) => {
  if (event.target.matches("input.pick")) {
    const all = picks();
    if (event.shiftKey && last && all.includes(last)) {
      const [from, to] = [all.indexOf(last), all.indexOf(event.target)].sort((a, b) => a - b);
      for (const pick of all.slice(from, to + 1)) pick.checked = event.target.checked;
    }
    last = event.target;
    narrow();
    show();
  } else if (event.target.matches("input.pick-all")) {
    page(event.target.checked);
  } else if (event.target.closest("[data-unpick]")) {
    clear();
  } else if (event.target.closest("[data-offer]")) {
    everything();
  }
});

function page(on) {
  narrow();
  for (const pick of picks()) pick.checked = on;
  show();
}

export function clear() {
  page(false);
}

// Rows that come while everything is chosen are part of it.
document.addEventListener("yizhan:rows", () => {
  if (whole?.value) for (const pick of picks()) pick.checked = true;
  show();
});
document.addEventListener("yizhan:swapped", show);
if (document.querySelector("input.pick-all")) {
  addKey("* a", () => (offer && !offer.hidden ? everything() : page(true)), "page");
}
addKey("Escape", () => {
  const bar = document.querySelector("[data-bulk]");
  if (bar && !bar.hidden) clear();
}, "");
show();
