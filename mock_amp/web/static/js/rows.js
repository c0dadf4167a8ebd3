// A list of any length of which only what is in sight is in the document. One row takes the focus; arrow keys move it.

import { h } from "./dom.js";

const SPARE = 6;
const FAR = 600; // so many rows further down the one that was at the top is no longer looked for

export class Rows {
  /** `more` is asked for older rows near the end; it answers false where there are none. */
  constructor(page, more) {
    Object.assign(this, { page, more, active: 0, keys: [] });
  }

  /** The keys of the rows in sight. */
  get visible() {
    return this.keys.slice(...this.range());
  }

  get top() {
    return this.isSeen ? this.node.scrollTop : (this.place?.row ?? 0) * this.height();
  }

  /** On a small screen an item that is open hides the list. */
  get isSeen() {
    return this.node?.clientHeight > 0;
  }

  range() {
    const [height, seen] = [this.height(), this.node?.clientHeight || 800];
    const first = Math.floor(this.toRow ?? this.top / height); // where it will be once it is drawn
    return [Math.max(0, first - SPARE), first + Math.ceil(seen / height) + SPARE];
  }

  /** The height of a row is the style sheet's; it is measured again when the window changes. */
  height() {
    if (!this.node) return 48;
    return (this.measured ||= parseFloat(getComputedStyle(this.node).getPropertyValue("--row")));
  }

  /** Rows came in at the top: whoever looks further down goes on seeing the same ones, and the focus stays. */
  shift(by) {
    const { top } = this;
    this.active = this.active || top > 0 ? this.active + by : 0;
    if (top > 0 && by) this.toRow = top / this.height() + by;
  }

  toTop() {
    this.active = 0;
    this.place = this.goal = undefined;
    this.node?.scrollTo({ top: 0 });
  }

  /**
   * The list. `draw` gives a row's {href, current, label, content}; `key` its key; `name` is what the list is called.
   */
  view(name, items, key, draw) {
    this.keys = items.map(key);
    this.seek();
    this.active = Math.max(0, Math.min(this.active, items.length - 1));
    const [first, last] = this.range();
    const shown = items.slice(first, last).map((item, at) => [first + at, item]);
    if (items.length && (this.active < first || this.active >= last)) shown.push([this.active, items[this.active]]);
    const height = this.height();
    if (this.goal || last + 20 > items.length) queueMicrotask(() => this.ask());
    return h("div", { class: "rows", key: "rows", ref: (node) => this.begin(node), leave: () => this.end(), onscroll: () => this.page.redraw(true) },
      h("ul", { role: "list", "aria-label": name, style: { height: `${items.length * height}px` }, onkeydown: (event) => this.pressed(event, items.length) },
        shown.map(([at, item]) => this.row(at, item, key(item), draw(item), items.length, height))));
  }

  row(at, item, key, { href, current, label, content }, size, height) {
    return h("li", { key, "aria-setsize": size, "aria-posinset": at + 1, style: { transform: `translateY(${at * height}px)` } },
      h("a", { href, class: ["row", current && "current"], "aria-current": current ? "true" : null, "aria-label": label,
        tabindex: at === this.active ? "0" : "-1", "data-at": at, onfocus: () => this.focused(at) }, content));
  }

  begin(node) {
    this.node = node;
    this.watch = new ResizeObserver(() => this.resized());
    this.watch.observe(node);
  }

  end() {
    this.watch.disconnect();
    this.node = undefined;
  }

  /** Rows of another height: the one at the top stays there, unless the one that is open would go out of sight. */
  resized() {
    const [before, { top }] = [this.measured, this];
    this.measured = 0;
    const height = this.height();
    if (!before || before === height) return this.page.redraw();
    const { moved } = this;
    const row = moved && Math.abs(moved.top - top) < 2 ? moved.from : top / before; // nobody has scrolled since
    const lowest = this.active + 1 - (this.node?.clientHeight ?? 0) / height;
    this.toRow = this.page.route.id && lowest > row ? lowest : row;
    this.moved = this.toRow === row ? undefined : { from: row, top: this.toRow * height };
    this.page.draw(); // at once, or rows would be seen elsewhere until the next picture
  }

  /** Whoever comes back to a list finds it as it was left; the row of the item that is open takes the focus. */
  seek() {
    const [list, { id }] = [this.page.item(null), this.page.route];
    if (this.list !== list) {
      this.list = list;
      this.goal = this.page.places.get(list);
      this.place = undefined;
    }
    if (this.goal) {
      const { row, key, active } = this.goal;
      const at = this.keys.indexOf(key);
      if (at < 0 && this.keys.length < row + FAR) return;
      this.goal = undefined;
      this.active = Math.max(this.keys.indexOf(active), 0);
      this.toRow = at < 0 ? row : at + (row % 1);
    }
    if (this.id === id || (id && !this.keys.includes(id))) return;
    if (id) this.active = this.keys.indexOf(id);
    this.id = id;
  }

  async ask() {
    if (this.isAsked) return;
    this.isAsked = true;
    const came = await this.more();
    this.isAsked = false;
    if (came !== false || !this.goal) return;
    this.toRow = this.goal.row; // what was there is gone
    this.goal = undefined;
    this.page.redraw();
  }

  /** After a drawing: the scroll position that goes with rows that came in, and the focus that a key asked for. */
  settle() {
    if (this.isSeen && !this.wasSeen) this.toRow ??= this.place?.row;
    this.wasSeen = this.isSeen;
    if (!this.isSeen) return;
    if (this.toRow !== undefined) this.node.scrollTop = this.toRow * this.height();
    this.toRow = undefined;
    if (this.keys.length && !this.goal) this.note();
    if (this.toFocus) this.focus();
    this.toFocus = false;
  }

  focus() {
    this.node.querySelector(`[data-at="${this.active}"]`)?.focus({ preventScroll: true });
  }

  /** Remembers where somebody is. */
  note() {
    const row = this.top / this.height();
    this.place = { row, key: this.keys[Math.floor(row)], active: this.keys[this.active] };
    this.page.places.set(this.list, this.place);
  }

  focused(at) {
    if (this.active === at) return;
    this.active = at;
    queueMicrotask(() => this.page.draw()); // before another key comes
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
    this.page.draw(); // at once: an Enter or a further arrow may come right behind
  }
}
