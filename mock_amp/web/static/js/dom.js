// The page as a description of itself: h() says what is to be there, render() changes the document as little as it can,
// so that focus, scroll positions and what somebody is typing stay. Texts only ever become text nodes and attributes.

const SVG = "http://www.w3.org/2000/svg";
const PROPERTIES = new Set(["value", "checked", "selected", "indeterminate"]);
const WAS = Symbol("what was drawn");
const HEARS = Symbol("who listens");
const FOCUSABLE = ":is(a[href], button, input, select, textarea, summary, [tabindex='0']):not(:disabled)";
let lost;

/**
 * An element that is to be there. Children may be nested lists; null, undefined and booleans are nothing.
 *
 * Of the properties, `key` says which element of the last time this is, `style` is an object, `class` may be a list,
 * `on…` are listeners, `ref` is called with the element once, when it is made, and `enter` and `leave` when it comes and
 * goes. All else are attributes.
 */
export function h(tag, props, ...kids) {
  return { tag, props: props ?? {}, kids: kids.flat(Infinity).filter((kid) => kid != null && typeof kid !== "boolean") };
}

/** Makes the children of an element what they are described to be. */
export function render(parent, ...kids) {
  lost = undefined;
  children(parent, h("", null, kids).kids);
}

/** The focus that went away with what was dropped goes to what is in its place by now. */
export function handOn() {
  let { parent: node, at } = lost ?? {};
  for (; node?.isConnected && document.activeElement === document.body; node = node.parentElement, at = 0) {
    const all = focusables(node).filter((each) => each.offsetParent);
    all[Math.min(at, all.length - 1)]?.focus();
  }
}

const focusables = (node) => [...node.querySelectorAll(FOCUSABLE)];

function children(parent, kids) {
  const keyed = new Map();
  const loose = [];
  for (const node of parent.childNodes) {
    const key = node[WAS]?.props?.key;
    if (key === undefined) loose.push(node);
    else keyed.set(key, node);
  }
  const kept = new Set();
  const wanted = kids.map((kid) => {
    const known = kid.props?.key !== undefined ? keyed.get(kid.props.key) : take(loose, kid, kept);
    const node = known && fits(known, kid) ? known : make(kid, parent.namespaceURI);
    kept.add(node);
    return [node, kid];
  });
  for (const node of [...parent.childNodes]) if (!kept.has(node)) drop(node);
  let at = parent.firstChild;
  for (const [node, kid] of wanted) {
    if (node === at) at = at.nextSibling;
    else parent.insertBefore(node, at);
    update(node, kid);
  }
}

/** The first of the nodes without a key that may go on as this one. */
function take(loose, kid, kept) {
  return loose.find((node) => !kept.has(node) && fits(node, kid));
}

function fits(node, kid) {
  return typeof kid === "object" ? node[WAS]?.tag === kid.tag && node[WAS].props.key === kid.props.key : node.nodeType === 3;
}

function make(kid, namespace) {
  if (typeof kid !== "object") return document.createTextNode("");
  const svg = kid.tag === "svg" || (namespace === SVG && kid.tag !== "div");
  const node = svg ? document.createElementNS(SVG, kid.tag) : document.createElement(kid.tag);
  node[WAS] = { ...h(kid.tag, { key: kid.props.key }), isNew: true };
  return node;
}

function drop(node) {
  const held = document.activeElement;
  if (node.contains(held)) lost = { parent: node.parentNode, at: focusables(node.parentNode).indexOf(held) };
  for (const each of [node, ...(node.querySelectorAll?.("*") ?? [])]) each[WAS]?.props?.leave?.(each);
  node.remove();
}

function update(node, kid) {
  if (typeof kid !== "object") {
    if (node.data !== String(kid)) node.data = String(kid);
    return;
  }
  const { props: before, isNew } = node[WAS];
  if (node[WAS] === kid) return; // described once and handed in again: nothing is different in it
  for (const name of Object.keys(before)) if (!(name in kid.props)) set(node, name, undefined);
  children(node, kid.kids); // first: a select has its value only once it has its options
  for (const [name, value] of Object.entries(kid.props)) if (before[name] !== value) set(node, name, value);
  node[WAS] = kid;
  if (isNew) kid.props.ref?.(node);
}

function set(node, name, value) {
  if (name === "key" || name === "ref" || name === "leave") return;
  if (name.startsWith("on")) listen(node, name.slice(2).toLowerCase(), value);
  else if (name === "style") style(node, value);
  else if (PROPERTIES.has(name)) node[name] !== value && (node[name] = value ?? "");
  else if (value == null || value === false) node.removeAttribute(name);
  else node.setAttribute(name, value === true ? "" : name === "class" ? [value].flat().filter(Boolean).join(" ") : value);
}

function listen(node, type, handler) {
  const handlers = (node[HEARS] ??= {});
  if (!(type in handlers)) node.addEventListener(type, hear);
  handlers[type] = handler;
}

/** Whatever a handler answers: false would keep a button from what it does by itself. */
function hear(event) {
  event.currentTarget[HEARS][event.type]?.(event);
}

function style(node, wanted) {
  const had = node[WAS].props.style ?? {};
  for (const name of Object.keys(had)) if (!(name in (wanted ?? {}))) node.style.removeProperty(name);
  for (const [name, value] of Object.entries(wanted ?? {})) if (had[name] !== value) node.style.setProperty(name, value);
}
