// An account's incident, once when it begins and once when it ends: as a toast, and by the desktop if the person said so.
// What a provider refused to do with messages, once for each act.
import { toast } from "./toasts.js";

const words = JSON.parse(document.body.dataset.alerts ?? "{}");

const refused = new Set(); // acts that were told of: one act is an intent for each mailbox

document.addEventListener("yizhan:change", ({ detail: change }) => {
  if (change.kind !== "intent.refused" || refused.has(change.payload.action)) return;
  refused.add(change.payload.action);
  const said = change.payload.said ?? {};
  toast(words[`refused.${change.payload.kind}`].replace("{said}", () => said.evidence || said.cause || "…"));
});

document.addEventListener("yizhan:change", ({ detail: change }) => {
  if (change.kind !== "account.alert" && change.kind !== "account.recovered") return;
  const text = words[change.payload.status].replace("{address}", change.payload.address);
  toast(text);
  // Pages of one account are many and the news is one: the tag makes the desktop show it once.
  if (window.Notification?.permission === "granted") new Notification(text, { tag: `yizhan-${change.seq}` });
});

// [data-notify] asks for the permission, which a browser gives on a click only, and shows how it stands.
const card = window.Notification && document.querySelector("[data-notify]");

function show() {
  card.hidden = false;
  for (const each of card.querySelectorAll("[data-notify-when]")) each.hidden = each.dataset.notifyWhen !== Notification.permission;
}

if (card) {
  show();
  card.querySelector("button").addEventListener("click", async () => {
    await Notification.requestPermission();
    show();
  });
}
