// Tables: put in, and grown or cut where the caret stands.
const BORDER = "1px solid #c7ccd4";

const place = (paper) => {
  const at = paper.squire.getSelection().startContainer;
  return (at.nodeType === Node.ELEMENT_NODE ? at : at.parentElement)?.closest("td, th");
};

export const inTable = (paper) => Boolean(place(paper));

export function insertTable(paper, rows, columns) {
  const table = paper.page.createElement("table");
  table.style.borderCollapse = "collapse";
  const body = table.appendChild(paper.page.createElement("tbody"));
  for (let row = 0; row < rows; row += 1) {
    const line = body.appendChild(paper.page.createElement("tr"));
    for (let column = 0; column < columns; column += 1) line.append(cell(paper));
  }
  paper.squire.saveUndoState();
  paper.squire.insertElement(table);
  into(paper, table.rows[0].cells[0]);
}

function cell(paper, like) {
  const made = paper.page.createElement(like?.localName ?? "td");
  if (like) made.setAttribute("style", like.getAttribute("style") ?? "");
  else Object.assign(made.style, { border: BORDER, padding: "4px 8px", minWidth: "4em", verticalAlign: "top" });
  made.append(paper.page.createElement("br"));
  return made;
}

function into(paper, target) {
  const range = paper.page.createRange();
  range.setStart(target, 0);
  range.collapse(true);
  paper.focus();
  paper.squire.setSelection(range);
}

/** `act`: row-above row-below column-left column-right delete-row delete-column delete-table. */
export function changeTable(paper, act) {
  const at = place(paper);
  if (!at) return;
  const [row, table, column] = [at.parentElement, at.closest("table"), at.cellIndex];
  paper.squire.saveUndoState();
  const acts = {
    "row-above": () => row.before(rowLike(paper, row)),
    "row-below": () => row.after(rowLike(paper, row)),
    "column-left": () => [...table.rows].forEach((each) => beside(paper, each, column, "before")),
    "column-right": () => [...table.rows].forEach((each) => beside(paper, each, column, "after")),
    "delete-row": () => (table.rows.length > 1 ? leave(paper, row, () => row.remove()) : leave(paper, table, () => table.remove())),
    "delete-column": () => (row.cells.length > 1 ? leave(paper, at, () => [...table.rows].forEach((each) => each.cells[Math.min(column, each.cells.length - 1)]?.remove())) : leave(paper, table, () => table.remove())),
    "delete-table": () => leave(paper, table, () => table.remove()),
  };
  acts[act]();
  paper.focus();
}

function rowLike(paper, row) {
  const made = paper.page.createElement("tr");
  for (const each of row.cells) {
    const fresh = cell(paper, each);
    if (each.colSpan > 1) fresh.colSpan = each.colSpan;
    made.append(fresh);
  }
  return made;
}

function beside(paper, row, column, where) {
  const near = row.cells[Math.min(column, row.cells.length - 1)];
  near?.[where](cell(paper, near));
}

/** The caret goes to a neighbour before its own place goes. */
function leave(paper, gone, remove) {
  const near = gone.previousElementSibling ?? gone.nextElementSibling;
  const line = near ?? gone.parentElement.appendChild(paper.squire.createDefaultBlock());
  const target = line.matches("tr, table") ? (line.querySelector("td, th") ?? line) : line;
  remove();
  into(paper, target);
}

/** Tab goes from cell to cell, and past the last one makes a row; outside of tables it leaves the sheet as always. */
export function walkCells(paper) {
  paper.root.addEventListener("keydown", (event) => {
    if (event.key !== "Tab" || event.ctrlKey || event.altKey || event.metaKey) return;
    const at = place(paper);
    if (!at) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const cells = [...at.closest("table").querySelectorAll("td, th")];
    const next = cells[cells.indexOf(at) + (event.shiftKey ? -1 : 1)];
    if (next) return into(paper, next);
    if (event.shiftKey) return;
    changeTable(paper, "row-below");
    into(paper, at.parentElement.nextElementSibling.cells[0]);
  }, true);
}
