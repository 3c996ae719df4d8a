// What is written is kept: a second after each change at the server, and in this tab until the server has it.
const SOON_MS = 1000;
const AGAIN_MS = 5000;

/**
 * `gather()` gives the content; `said(kind, words)` shows how it stands (saving, saved, offline, refused).
 * `moved(draft, other)` is called when another window was quicker: what was written here is `draft` now.
 */
export function openKeeping({ draft, token, words, gather, said, moved }) {
  const state = { id: draft.id, version: draft.version, kept: "", due: 0, running: null };
  const place = () => `yizhan-written:${state.id ?? location.pathname + location.search}`;
  const post = (address, body, signal) => fetch(address, { method: "POST", headers: { "Content-Type": "application/json", "X-CSRFToken": token }, body: JSON.stringify(body), signal });
  const json = async (answer) => (answer.headers.get("Content-Type")?.includes("json") ? answer.json() : {});
  let stopped = false;

  function remember(content) {
    try {
      sessionStorage.setItem(place(), JSON.stringify({ version: state.version, content }));
    } catch (full) {
      if (full.name !== "QuotaExceededError") throw full; // too long for this tab; the server has it a second later
    }
  }

  /** What this tab still holds and the server has not. */
  function recall() {
    const held = JSON.parse(sessionStorage.getItem(place()) ?? "null");
    if (!held) return null;
    state.version = held.version ?? state.version; // a newer one at the server then makes a second draft, not a loss
    return held.content;
  }

  function touch() {
    if (stopped) return;
    remember(gather());
    clearTimeout(state.due);
    state.due = setTimeout(save, SOON_MS);
  }

  async function save() {
    clearTimeout(state.due);
    if (state.running) await state.running;
    if (stopped) return state.id;
    const content = gather();
    if (state.id && JSON.stringify(content) === state.kept) return state.id;
    state.running = put(content).finally(() => (state.running = null));
    return state.running;
  }

  async function put(content) {
    said("saving");
    let answer;
    try {
      answer = state.id ? await post(`/drafts/${state.id}`, { version: state.version, content }) : await post("/drafts", { content, origin: draft.origin ?? undefined, act: draft.act || undefined });
    } catch {
      later("offline", words.offline);
      return null;
    }
    const told = await json(answer);
    if (answer.status === 409) return movedOn(told);
    if (answer.status === 404 && state.id) {
      state.id = null; // thrown away elsewhere: what is written here is a draft of its own again
      return put(content);
    }
    if (!answer.ok) {
      later("refused", told.words || (answer.status === 401 ? words.signed_out : words.not_kept));
      return null;
    }
    settle(told, content);
    return state.id;
  }

  function settle(told, content) {
    const before = place();
    const fresh = !state.id;
    state.id = told.id ?? state.id;
    state.version = told.version;
    state.kept = JSON.stringify(content);
    if (JSON.stringify(gather()) === state.kept) sessionStorage.removeItem(before);
    if (fresh) {
      sessionStorage.removeItem(before);
      history.replaceState(null, "", `/compose/${state.id}`);
    }
    said("saved", told.saved_at, told.files);
  }

  async function movedOn(told) {
    const other = state.id;
    sessionStorage.removeItem(place());
    state.id = told.draft;
    state.version = 1;
    state.kept = "";
    const content = gather();
    await post(`/drafts/${state.id}`, { version: 1, content });
    stopped = true;
    moved(told.draft, other);
    return state.id;
  }

  function later(kind, said_words) {
    said(kind, said_words);
    clearTimeout(state.due);
    state.due = setTimeout(save, AGAIN_MS);
  }

  addEventListener("online", save);
  addEventListener("pagehide", () => {
    const content = gather();
    if (stopped || !state.id || JSON.stringify(content) === state.kept) return;
    fetch(`/drafts/${state.id}`, { method: "POST", keepalive: true, headers: { "Content-Type": "application/json", "X-CSRFToken": token }, body: JSON.stringify({ version: state.version, content }) }).catch(() => {});
  });

  return {
    touch,
    save,
    recall,
    post,
    json,
    id: () => state.id,
    version: () => state.version,
    /** The draft has an id from here on, even an empty one: files hang on it. */
    ensure: async () => state.id ?? (await save()),
    stop() {
      stopped = true;
      clearTimeout(state.due);
      sessionStorage.removeItem(place());
    },
    go() {
      stopped = false;
    },
    begin(content) {
      state.kept = JSON.stringify(content);
    },
  };
}
