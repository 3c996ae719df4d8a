// What is looked at before a message goes: asked of the server while one writes, shown beside the sheet.
const SOON_MS = 900;
const SHAPES = { bad: "octagon", warn: "diamond", ok: "ok" };

export function openChecks(pane, { people, ask, gather, files, post, json, page }) {
  let due = 0;
  let asked = 0;
  let last = null;
  const words = page.check_words;

  async function look() {
    clearTimeout(due);
    if (!page.checks_at) return;
    const mine = (asked += 1);
    let answer;
    try {
      answer = await post(page.checks_at, { content: gather(), files: files(), draft: page.id ?? undefined });
    } catch {
      return; // offline: what is written says so
    }
    if (!answer.ok || mine !== asked) return;
    last = await json(answer);
    draw();
  }

  function draw() {
    pane.hidden = false;
    pane.querySelector("[data-check-list]").replaceChildren(...(last.checks ?? []).map(row));
    const doubts = new Map((last.checks ?? []).filter((each) => each.fix?.address).map((each) => [each.fix.address, each.fix.suggestion ?? ""]));
    for (const field of Object.values(people)) field.doubt(doubts);
    meters();
    facts();
  }

  function row(check) {
    const made = document.createElement("li");
    made.className = `k-${check.kind}`;
    made.append(drawing(SHAPES[check.kind]));
    const said = document.createElement("span");
    said.textContent = check.words;
    if (check.fix?.suggestion) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "link";
      button.textContent = words.fix;
      button.addEventListener("click", () => {
        for (const field of Object.values(people)) field.replace(check.fix.address, check.fix.suggestion);
      });
      said.append(" ", button);
    }
    made.append(said);
    return made;
  }

  function meters() {
    const place = pane.querySelector("[data-meters]");
    const shown = page.meters[gather().from] ?? [];
    place.hidden = !shown.length;
    place.replaceChildren(...shown.map(meter));
  }

  function meter({ title, used, most, queued = 0 }) {
    const share = most ? used / most : 0;
    const made = document.createElement("div");
    made.className = `meter ${share >= 1 ? "limit" : share > 0.85 ? "warn" : ""}`;
    const top = document.createElement("div");
    top.className = "top";
    const name = document.createElement("span");
    name.textContent = title;
    const figures = document.createElement("span");
    figures.textContent = `${used} / ${most}`;
    top.append(name, figures);
    made.append(top, bar(share, most ? (used + queued) / most : 0));
    return made;
  }

  function facts() {
    const place = pane.querySelector("[data-facts]");
    const shown = [[words.sent_copy, last.sent_copy_words], [words.their_time, last.their_time?.words]].filter(([, value]) => value);
    place.hidden = !shown.length;
    place.replaceChildren(
      ...shown.flatMap(([title, value]) => {
        const term = document.createElement("dt");
        term.textContent = title;
        const said = document.createElement("dd");
        said.textContent = value;
        return [term, said];
      }),
    );
  }

  return {
    soon() {
      clearTimeout(due);
      due = setTimeout(look, SOON_MS);
    },
    last: () => last,
    /** Looks once more; what is bad is asked about, and only then sent. */
    async agree() {
      await look();
      const bad = (last?.checks ?? []).filter((each) => each.kind === "bad");
      return !bad.length || ask({ title: words.sure, text: bad.map((each) => each.words).join("\n"), verb: words.anyway });
    },
  };
}

const SVG = "http://www.w3.org/2000/svg";

function drawing(name) {
  const sprite = document.querySelector("svg.ic use").getAttribute("href").split("#")[0];
  const made = document.createElementNS(SVG, "svg");
  made.setAttribute("class", "ic");
  made.setAttribute("aria-hidden", "true");
  made.append(document.createElementNS(SVG, "use"));
  made.firstChild.setAttribute("href", `${sprite}#${name}`);
  return made;
}

function bar(used, queued) {
  const made = document.createElementNS(SVG, "svg");
  for (const [name, value] of Object.entries({ viewBox: "0 0 100 5", preserveAspectRatio: "none", "aria-hidden": "true" })) made.setAttribute(name, value);
  for (const [name, share] of [["queued", queued], ["used", used]]) {
    const rect = made.appendChild(document.createElementNS(SVG, "rect"));
    rect.setAttribute("class", name);
    rect.setAttribute("width", String(Math.min(100, 100 * share)));
    rect.setAttribute("height", "5");
  }
  return made;
}
