// What a person types or pastes as recipients: commas of every script, semicolons, lines, cells; names in quotes.
const BETWEEN = /[,;，；、\n\r\t]/;

/** [{name, address}] of a typed list; what is no address stays as it is, to be seen and put right. */
export function parsePeople(typed) {
  return parts(typed).map(person).filter((each) => each.address);
}

function parts(typed) {
  const quotes = (typed.match(/"/g) ?? []).length % 2 === 0;
  const found = [];
  let [part, quoted, angled] = ["", false, false];
  for (const char of typed) {
    if (char === '"' && quotes) quoted = !quoted;
    if (char === "<" && !quoted) angled = true;
    if (char === ">") angled = false;
    if (!quoted && !angled && BETWEEN.test(char)) {
      found.push(part);
      part = "";
    } else part += char;
  }
  return [...found, part].flatMap(spaced);
}

/** "a@b.example c@d.example": only blanks between whole addresses. */
function spaced(part) {
  const pieces = part.trim().split(/\s+/);
  return pieces.length > 1 && pieces.every((each) => /^[^<>"]+@[^<>"]+$/.test(each)) ? pieces : [part];
}

function person(part) {
  const [, name, angled] = /^(.*)<\s*([^<>]*?)\s*>\s*$/s.exec(part) ?? [null, "", part];
  const address = angled.trim().replace(/^mailto:/i, "").replace(/＠/g, "@").replace(/[。．]/g, ".");
  return { name: name.trim().replace(/^(["'])(.*)\1$/s, "$2").replace(/\\(.)/g, "$1"), address };
}

/** As it is typed: a name that holds marks stands in quotes. */
export function written({ name, address }) {
  if (!name || name === address) return address;
  const plain = /^[^"(),:;<>@[\\\].，；、]+$/.test(name);
  return `${plain ? name : `"${name.replace(/(["\\])/g, "\\$1")}"`} <${address}>`;
}

export const looksRight = (address) => /^[^\s@"<>(),;:]+@[^\s@.]+(?:\.[^\s@.]+)+$/u.test(address);
