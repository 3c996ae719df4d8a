// data-shows="ID": shows and hides what is typed in a secret's field.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-shows]");
  if (!button) return;
  const field = document.getElementById(button.dataset.shows);
  const shown = field.type === "text";
  field.type = shown ? "password" : "text";
  button.setAttribute("aria-pressed", String(!shown));
});

// data-submits: a choice that takes effect at once.  Without script the form's own button does it.
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-submits]");
  if (form) form.requestSubmit();
});

// A form is sent once, however often its button is pressed.
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented || event.target.method === "dialog") return;
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = "1";
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// data-strength="ID": how good a new password is by its length; the server decides.
document.addEventListener("input", (event) => {
  const meter = document.getElementById(event.target.dataset?.strength);
  if (!meter) return;
  const length = event.target.value.length;
  const [level, kind] = length < 12 ? ["weak", "warn"] : length < 16 ? ["fair", "warn"] : ["good", "ok"];
  meter.hidden = length === 0;
  meter.className = `meter ${kind}`;
  meter.querySelector("rect").setAttribute("width", Math.min(100, length * 5));
  meter.querySelector("[role=status]").textContent = meter.dataset[level];
});

// A file that the server would refuse unread is named before it is sent.
document.addEventListener("change", ({ target }) => {
  if (target.type !== "file" || !target.dataset.most) return;
  const isLarge = [...target.files].some((file) => file.size > Number(target.dataset.most));
  target.setCustomValidity(isLarge ? target.dataset.large : "");
  target.reportValidity();
});
