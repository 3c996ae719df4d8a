// After a message was handed in: a toast that counts down, with the way back while there is one.
import { raise } from "./toasts.js";

const held = JSON.parse(sessionStorage.getItem("yizhan-sent") ?? "null");
sessionStorage.removeItem("yizhan-sent");
if (held) tell(held);

function tell({ id, until, said, goes, verb }) {
  const ends = until ? Date.parse(until) : 0;
  const left = () => Math.ceil((ends - Date.now()) / 1000);
  const made = document.createElement("div");
  made.className = "toast";
  const text = document.createElement("span");
  made.append(text);
  if (left() > 0) {
    made.dataset.seconds = left();
    made.append(wayBack(id, verb));
    const count = () => {
      if (left() > 0 && (made.isConnected || !text.textContent)) {
        text.textContent = goes.replace("%s", left());
        setTimeout(count, 250);
      } else made.remove();
    };
    count();
  } else text.textContent = said;
  raise(made);
}

function wayBack(id, verb) {
  const form = document.createElement("form");
  form.method = "post";
  form.action = `/outbox/${id}/take-back`;
  const token = document.querySelector("[name=csrfmiddlewaretoken]").cloneNode();
  const button = document.createElement("button");
  button.textContent = verb;
  button.dataset.undo = "";
  form.append(token, button);
  return form;
}
