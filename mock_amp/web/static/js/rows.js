// A list of any length of which only what is in sight is in the document. One row takes the focus; arrow keys move it.

import { h } from "./dom.js";

const SPARE = 6;

export class Rows {
  /** `redraw` draws the view again; `more` is asked for older rows near the end. */
  constructor(redraw, more) {
    this.redraw = redraw;
    this.more = more;
    this.active = 0;
    this.keys = [];
  }

  /** The keys of the rows in sight. */
  get visible() {
    return this.keys.slice(...this.range());
  }

  get top() {
    return this.node?.scrollTop ?? 0;
  }

  range() {
    const [height, seen] = [this.height(), this.node?.clientHeight || 800];
    const first = Math.floor(this.top / height);
    return [Math.max(0, first - SPARE), first + Math.ceil(seen / height) + SPARE];
  }

  /** The height of a row is the style sheet's; it is measured again when the window changes. */
  height() {
    return this.measured || (this.measured = this.node ? parseFloat(getComputedStyle(this.node).getPropertyValue("--row")) : 48);
  }

  /** Rows came in at the top: whoever looks further down goes on seeing the same ones, and the focus stays. */
  shift(by) {
    this.active = this.active || this.top > 0 ? this.active + by : 0;
    if (this.top > 0 && by) this.toScroll = this.top + by * this.height();
  }

  toTop() {
    this.active = 0;
    this.node?.scrollTo({ top: 0 });
  }

  /**
   * The list. `draw` gives a row's {href, current, label, content}; `key` its key; `name` is what the list is called.
   */
  view(name, items, key, draw) {
    this.keys = items.map(key);
    this.active = Math.max(0, Math.min(this.active, items.length - 1));
    const [first, last] = this.range();
    const shown = items.slice(first, last).map((item, at) => [first + at, item]);
    if (items.length && (this.active < first || this.active >= last)) shown.push([this.active, items[this.active]]);
    const height = this.height();
    if (last + 20 > items.length) queueMicrotask(() => this.more?.());
    return h("div", { class: "rows", key: "rows", ref: (node) => this.place(node), leave: () => this.watch?.disconnect(), onscroll: () => this.redraw() },
      h("ul", { role: "list", "aria-label": name, style: { height: `${items.length * height}px` }, onkeydown: (event) => this.pressed(event, items.length) },
        shown.map(([at, item]) => this.row(at, item, key(item), draw(item), items.length, height))));
  }

  row(at, item, key, { href, current, label, content }, size, height) {
    return h("li", { key, "aria-setsize": size, "aria-posinset": at + 1, style: { transform: `translateY(${at * height}px)` } },
      h("a", { href, class: ["row", current && "current"], "aria-current": current ? "true" : null, "aria-label": label,
        tabindex: at === this.active ? "0" : "-1", "data-at": at, onfocus: () => this.focused(at) }, content));
  }

  place(node) {
    this.node = node;
    this.watch = new ResizeObserver(() => {
      this.measured = 0;
      this.redraw();
    });
    this.watch.observe(node);
  }

  /** After a drawing: the scroll position that goes with rows that came in, and the focus that a key asked for. */
  settle() {
    if (this.toScroll !== undefined) this.node.scrollTop = this.toScroll;
    this.toScroll = undefined;
    if (this.toFocus) this.node?.querySelector(`[data-at="${this.active}"]`)?.focus({ preventScroll: true });
    this.toFocus = false;
  }

  focused(at) {
    if (this.active === at) return;
    this.active = at;
    this.redraw();
  }

  pressed(event, size) {
    const page = Math.max(1, Math.floor((this.node.clientHeight || 1) / this.height()) - 1);
    const by = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -size, End: size }[event.key];
    if (by === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.active = Math.max(0, Math.min(size - 1, this.active + by));
    const [above, height] = [this.active * this.height(), this.height()];
    if (above < this.top) this.node.scrollTop = above;
    if (above + height > this.top + this.node.clientHeight) this.node.scrollTop = above + height - this.node.clientHeight;
    this.toFocus = true;
    this.redraw();
  }
}
