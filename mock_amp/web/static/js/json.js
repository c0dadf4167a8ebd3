// Where the values of a JSON text stand, and such a text laid out on lines. A broken or cut text gives what there is.

const PIECE = /"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?$)|[[\]{},:]|[^\s,:[\]{}"]+/gs;
const SHORT = /[[{](?:"(?:[^"\\]|\\.){0,90}"|[^[\]{}"]){0,90}[\]}]/sy;
const MOST_SHORT = 100;
const DEEPEST = 20;

/**
 * Where JSON Pointers lead in a text: a Map of {start, end, key, exact, beyond, isGroup}, in characters.
 *
 * `key` is where the member begins that the value belongs to. Where there is no such value, it is the nearest one on
 * the way (not `exact`), and `beyond` says that the text ends before that does. Of equal keys the last counts.
 */
export function places(text, pointers) {
  const root = { parts: new Map() };
  const asked = [...pointers].map((pointer) => [pointer, pathOf(root, pointer)]);
  if (asked.length) walk(text, root);
  return new Map(asked.map(([pointer, path]) => {
    const known = path.filter((each) => each.start !== undefined);
    const { start = 0, end = text.length, key = start, isGroup = false, isOpen = true } = known.at(-1) ?? {};
    const exact = known.length === path.length;
    return [pointer, { start, end, key, exact, beyond: !exact && isOpen, isGroup }];
  }));
}

function pathOf(root, pointer) {
  const path = [root];
  for (const part of pointer.split("/").slice(1)) {
    const name = part.replaceAll("~1", "/").replaceAll("~0", "~");
    const { parts } = path.at(-1);
    if (!parts.has(name)) parts.set(name, { parts: new Map() });
    path.push(parts.get(name));
  }
  return path;
}

function walk(text, root) {
  const open = [];
  const many = { true: 0, false: 0 }; // of the open ones, how many are lists, how many are not
  let top, member = root, key;
  const see = (start, end, isGroup, isOpen) => {
    member?.parts.forEach(forget);
    if (member) Object.assign(member, { start, end, key: key ?? start, isGroup, isOpen });
  };
  const shut = () => {
    many[top.isList] -= 1;
    open.pop();
    top = open.at(-1);
  };
  for (const { 0: piece, index } of text.matchAll(PIECE)) {
    const end = index + piece.length;
    const isList = piece === "[" || piece === "]";
    if (piece === "{" || piece === "[") {
      see(index, text.length, true, true);
      open.push((top = { node: member, isList, at: 0 }));
      many[isList] += 1;
      member = isList ? top.node?.parts.get("0") : undefined;
      key = undefined;
    } else if (piece === "}" || piece === "]") {
      if (!many[isList]) continue; // it ends nothing
      while (top.isList !== isList) shut();
      if (top.node) Object.assign(top.node, { end, isOpen: false });
      shut();
      member = undefined;
    } else if (piece === ",") {
      member = top?.isList ? top.node?.parts.get(String(++top.at)) : undefined;
      if (top) top.hasKey = false;
      key = undefined;
    } else if (piece === ":") {
      if (top) top.hasKey = true;
    } else {
      const isKey = top && !top.isList && !top.hasKey;
      if (isKey) key = index;
      if (isKey) member = top.node?.parts.size ? top.node.parts.get(unquoted(piece)) : undefined;
      see(index, end, false, end === text.length);
      if (!isKey) member = undefined;
    }
  }
}

function forget(node) {
  node.start = undefined;
  node.parts.forEach(forget);
}

function unquoted(piece) {
  try {
    return String(JSON.parse(piece));
  } catch {
    return piece;
  }
}

/** A text with a line for each value; small groups stay on one. Numbers and texts stay as they were written. */
export function laidOut(text) {
  const done = [];
  let depth = 0, before = "";
  PIECE.lastIndex = 0;
  for (let found; (found = PIECE.exec(text)); ) {
    let [piece] = found;
    const [opens, ends] = [isOne(piece, "{["), isOne(piece, "}]")];
    if (ends) depth = Math.max(0, depth - 1);
    if (before === "," || isOne(before, "{[") !== ends) done.push("\n", "  ".repeat(Math.min(depth, DEEPEST)));
    SHORT.lastIndex = found.index;
    const short = opens && SHORT.exec(text)?.[0];
    if (short && short.length <= MOST_SHORT) {
      piece = short.match(PIECE).map((each) => (isOne(each, ",:") ? `${each} ` : each)).join("");
      PIECE.lastIndex = found.index + short.length;
    } else if (opens) {
      depth += 1;
    }
    done.push(piece === ":" ? ": " : piece);
    before = piece;
  }
  return done.join("");
}

const isOne = (piece, of) => piece.length === 1 && of.includes(piece);
