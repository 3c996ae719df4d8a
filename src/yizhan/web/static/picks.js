// Rows that can be picked: .pick in each row, .pick-all above them, [data-bulk] shown while any is picked.
import { addKey } from "./keys.js";

let last = null;
const picks = () => [...document.querySelectorAll("input.pick")];

function show() {
  const all = picks();
  const chosen = all.filter((pick) => pick.checked).length;
  for (const bar of document.querySelectorAll("[data-bulk]")) {
    bar.hidden = chosen === 0;
    const count = bar.querySelector("[data-count]");
    if (count) count.textContent = count.dataset.count.replace("0", chosen.toLocaleString(document.documentElement.lang));
  }
  for (const whole of document.querySelectorAll("input.pick-all")) {
    whole.checked = chosen > 0 && chosen === all.length;
    whole.indeterminate = chosen > 0 && chosen < all.length;
  }
}

document.addEventListener("click", (event) => {
  if (event.target.matches("input.pick")) {
    const all = picks();
    if (event.shiftKey && last && all.includes(last)) {
      const [from, to] = [all.indexOf(last), all.indexOf(event.target)].sort((a, b) => a - b);
      for (const pick of all.slice(from, to + 1)) pick.checked = event.target.checked;
    }
    last = event.target;
    show();
  } else if (event.target.matches("input.pick-all")) {
    for (const pick of picks()) pick.checked = event.target.checked;
    show();
  } else if (event.target.closest("[data-unpick]")) {
    clear();
  }
});

function clear() {
  for (const pick of picks()) pick.checked = false;
  show();
}

document.addEventListener("yizhan:swapped", show);
addKey("Escape", clear, "");
show();
