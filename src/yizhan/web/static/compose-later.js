// Sending at a time: what is likely wanted, where the recipient is, or a time of one's own in any zone.
export function openLater(pop, { send, checks, page, words }) {
  const form = pop.querySelector("form");
  const [at, zone, said] = [form.querySelector("#later-at"), form.querySelector("#later-zone"), form.querySelector("[data-later-said]")];
  const zones = Intl.supportedValuesOf("timeZone");
  const mine = Intl.DateTimeFormat().resolvedOptions().timeZone;
  form.querySelector("datalist").append(
    ...zones.map((name) => {
      const option = document.createElement("option");
      option.value = name;
      return option;
    }),
  );

  document.querySelector("[data-later]").addEventListener("click", () => requestAnimationFrame(place));
  pop.addEventListener("toggle", (event) => {
    if (event.newState !== "open") return;
    zone.value ||= page.zone || mine;
    at.value ||= local(new Date(Date.now() + 3600_000), zone.value).slice(0, 14) + "00";
    suggest();
    tell();
    place();
  });

  function place() {
    const button = document.querySelector("[data-later]").getBoundingClientRect();
    const size = pop.getBoundingClientRect();
    pop.style.left = `${Math.max(8, Math.min(button.left, innerWidth - size.width - 8))}px`;
    pop.style.top = `${Math.max(8, button.top - size.height - 8)}px`;
  }

  function suggest() {
    pop.querySelector("[data-suggestions]").replaceChildren(
      ...(checks.last()?.their_time?.suggestions ?? []).map((each) => {
        const made = document.createElement("button");
        made.type = "button";
        const title = document.createElement("span");
        title.textContent = each.title;
        const small = document.createElement("small");
        small.textContent = each.own ?? "";
        made.append(title, small);
        made.addEventListener("click", () => {
          pop.hidePopover();
          send({ at: each.at, zone: each.zone });
        });
        return made;
      }),
    );
  }

  /** The same instant where one is oneself, when that is another zone. */
  function tell() {
    const known = zones.includes(zone.value) || zone.value === "UTC";
    zone.setCustomValidity(known ? "" : words.no_zone);
    const away = known && at.value && zone.value !== mine;
    said.textContent = away ? words.here.replace("%s", `${mine} ${local(instant(at.value, zone.value), mine).replace("T", " ")}`) : "";
  }

  form.addEventListener("input", tell);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    pop.hidePopover();
    send({ at: at.value, zone: zone.value });
  });
}

/** "2026-11-24T09:00" as a clock in that zone shows it. */
function local(instant_at, zone) {
  const parts = new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).formatToParts(instant_at);
  const part = (type) => parts.find((each) => each.type === type).value;
  return `${part("year")}-${part("month")}-${part("day")}T${part("hour")}:${part("minute")}`;
}

/** The instant at which clocks of that zone show it: guessed as UTC, then put right by what they show then. */
function instant(typed, zone) {
  const wanted = Date.parse(`${typed}Z`);
  let guess = wanted;
  for (let round = 0; round < 2; round += 1) guess += wanted - Date.parse(`${local(new Date(guess), zone)}Z`);
  return new Date(guess);
}
