// Files that go along: sent to the server one after another while one writes, each with its progress.
const size = (bytes) => (bytes < 1024 * 1024 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`);
const token = () => crypto.randomUUID().replaceAll("-", "");

/** `ensure()` gives the draft's number; `changed()` after each; `toText(cid, url, name)` puts a picture into the text. */
export function openFiles(list, { held, ensure, changed, toText, lost, csrf, words, most }) {
  const rows = [];
  const pictures = new Map(); // cid: address
  let running = null;
  for (const file of held) admit(file);

  function admit(file, draft = location.pathname.split("/").at(-1)) {
    const row = { ...file, size: file.size_bytes, state: "done", address: `/drafts/${draft}/files/${file.id}` };
    if (file.cid) pictures.set(file.cid, row.address);
    rows.push(row);
    draw();
  }

  function take(files, inText = false) {
    for (const file of files) {
      const picture = inText && /^image\/(?:png|jpeg|gif|webp)$/.test(file.type);
      const row = { name: file.name || `picture.${file.type.split("/")[1] ?? "bin"}`, size: file.size, file, state: "waiting", sent: 0, cid: picture ? `${token()}@yizhan` : "" };
      rows.push(row);
      if (picture) {
        pictures.set(row.cid, URL.createObjectURL(file));
        toText(row.cid, pictures.get(row.cid), row.name);
      }
    }
    draw();
    next();
  }

  /** A picture that came inside pasted markup. */
  function embed(blob) {
    const row = { name: `picture-${rows.length + 1}.${blob.type.split("/")[1]}`, size: blob.size, file: blob, state: "waiting", sent: 0, cid: `${token()}@yizhan` };
    rows.push(row);
    pictures.set(row.cid, URL.createObjectURL(blob));
    queueMicrotask(() => {
      draw();
      next();
    });
    return { cid: row.cid, url: pictures.get(row.cid) };
  }

  async function next() {
    const row = rows.find((each) => each.state === "waiting");
    if (running || !row) return;
    running = row;
    row.state = "sending";
    draw();
    const draft = await ensure();
    if (row.state === "sending") await (draft ? send(row, draft) : fail(row, words.offline));
    running = null;
    draw();
    changed();
    next();
  }

  function fail(row, said) {
    row.state = "failed";
    row.said = said;
    if (row.cid) lost(row.cid);
  }

  function send(row, draft) {
    if (row.size > most) return fail(row, words.large);
    const body = new FormData();
    body.append("file", row.file, row.name);
    if (row.cid) body.append("cid", row.cid);
    return new Promise((resolve) => {
      const line = (row.line = new XMLHttpRequest());
      line.open("POST", `/drafts/${draft}/files`);
      line.setRequestHeader("X-CSRFToken", csrf);
      line.upload.addEventListener("progress", (event) => {
        row.sent = event.loaded;
        progress(row);
      });
      line.addEventListener("load", () => {
        const told = line.getResponseHeader("Content-Type")?.includes("json") ? JSON.parse(line.responseText) : {};
        if (line.status >= 200 && line.status < 300) Object.assign(row, told, { size: told.size_bytes, state: "done", address: `/drafts/${draft}/files/${told.id}` });
        else fail(row, told.words || (line.status === 413 ? words.large : words.not_taken));
        resolve();
      });
      // A file that was moved or changed on the disk while it is sent ends the same way as a line that breaks.
      line.addEventListener("error", () => vanished(row).then((said) => resolve(fail(row, said))));
      line.addEventListener("abort", () => resolve());
      line.send(body);
    });
  }

  async function vanished(row) {
    const there = await row.file.slice(0, 1).arrayBuffer().then(() => true, () => false);
    return there ? words.broken : words.vanished;
  }

  async function remove(row) {
    rows.splice(rows.indexOf(row), 1);
    if (row.state === "sending") row.line?.abort();
    row.state = "gone";
    if (row.id) await fetch(`${row.address}/remove`, { method: "POST", headers: { "X-CSRFToken": csrf } });
    draw();
    changed();
  }

  // ---- drawing ----
  function draw() {
    list.replaceChildren(...rows.filter((row) => !row.cid || row.state !== "done").map((row) => (row.drawn = line(row))));
  }

  function line(row) {
    const made = document.createElement("li");
    made.className = `file is-${row.state}`;
    const badge = document.createElement("span");
    badge.className = "badge";
    badge.textContent = (/\.([a-z0-9]{1,4})$/i.exec(row.name)?.[1] ?? "…").toUpperCase();
    const name = document.createElement("span");
    name.className = "name";
    const title = document.createElement(row.address && !row.cid ? "a" : "bdi");
    if (title.localName === "a") title.href = row.address;
    title.className = "cut";
    title.textContent = row.name;
    const small = document.createElement("small");
    small.textContent = row.state === "failed" ? row.said : row.state === "done" ? size(row.size) : `${size(row.sent)} / ${size(row.size)}`;
    name.append(title, small);
    if (row.state === "sending" || row.state === "waiting") {
      const bar = document.createElement("progress");
      bar.max = Math.max(1, row.size);
      bar.value = Math.min(row.sent, row.size);
      bar.setAttribute("aria-label", row.name);
      name.append(bar);
    }
    made.append(badge, name);
    if (row.state === "failed") made.append(button(words.again, "⟳", () => again(row), row));
    made.append(button(words.remove, "×", () => remove(row), row));
    return made;
  }

  function button(label, sign, act, row) {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = sign;
    made.setAttribute("aria-label", `${label}: ${row.name}`);
    made.addEventListener("click", act);
    return made;
  }

  function again(row) {
    Object.assign(row, { state: "waiting", sent: 0 });
    if (row.cid) toText(row.cid, pictures.get(row.cid), row.name);
    draw();
    next();
  }

  function progress(row) {
    row.drawn.querySelector("progress").value = Math.min(row.sent, row.size);
    row.drawn.querySelector("small").textContent = `${size(Math.min(row.sent, row.size))} / ${size(row.size)}`;
  }

  return {
    take,
    embed,
    admit,
    picture: (cid) => pictures.get(cid) ?? "",
    busy: () => rows.some((row) => row.state === "sending" || row.state === "waiting"),
    failed: () => rows.filter((row) => row.state === "failed").map((row) => row.name),
    /** For the checks: what goes along, with the size of each. */
    told: () => rows.filter((row) => row.state !== "gone").map(({ name, size: bytes, cid }) => ({ name, size_bytes: bytes, cid })),
    count: () => rows.filter((row) => !row.cid).length,
  };
}
