// A list of the control plane, newest first: what of it is known here, kept up with what comes about.

import { Problem } from "./api.js";

const HEAD = 60;
const MORE = 200;
const MOST = 1_000;

/**
 * `path` and `filters` say which list; `place` gives what an item is ordered by, `idField` by what a filter finds it.
 * `grew` is called with how many are new at the top, as soon as they are known here.
 *
 * `items` is known without gaps from the newest on. What came after a longer absence is `missed`, until `renew`.
 */
export class Feed {
  constructor(account, path, filters, { place, grew, idField = "id", head = HEAD }) {
    Object.assign(this, { account, path, filters, place, grew, idField, head });
    this.renew();
  }

  get wants() {
    return { ...this.filters, order: "desc" };
  }

  /** Reads the newest ones, and those of the others that are in sight. */
  async refresh(visible, signal, held) {
    const { life } = this;
    const size = this.doubted ? Math.min(Math.max(this.head, this.items.length), MOST) : this.head;
    const told = await this.account.get(this.path, { ...this.wants, limit: size, total: true }, { signal });
    if (life !== this.life) return;
    this.unread = false;
    const before = this.items[0] && this.place(this.items[0]);
    this.evicted = told.evicted;
    const came = this.total === null ? 0 : told.total - this.total;
    this.total = told.total;
    const oldest = told.items.length && this.place(told.items.at(-1));
    const apart = !this.doubted && before !== undefined && told.next !== null && oldest > before;
    if (apart && held) {
      this.missed = Math.max(came, 1) + this.missed;
    } else {
      const rest = told.next === null || apart || this.doubted ? [] : this.items.filter((each) => this.place(each) < oldest);
      if (!rest.length) this.next = told.next;
      this.items = [...told.items, ...rest];
      if (this.items.length > told.total) [this.items, this.next] = [told.items, told.next]; // some are evicted by now
      this.missed = 0;
      this.doubted = false;
    }
    const by = before === undefined || this.missed ? 0 : this.items.findIndex((each) => this.place(each) <= before);
    if (by > 0) this.grew(by); // before they are drawn, which may be at any time
    await this.freshen(visible.filter((each) => !told.items.some((item) => item.id === each)), signal);
  }

  /** Those of the items as they are by now; the ones that the filters leave out by now go. */
  async freshen(ids, signal) {
    if (!ids.length) return;
    const { life } = this;
    const told = await this.account.get(this.path, { ...this.filters, [this.idField]: ids, limit: ids.length }, { signal });
    if (life !== this.life) return;
    const found = new Map(told.items.map((each) => [each.id, each]));
    const asked = new Set(ids);
    this.items = this.items.map((each) => (asked.has(each.id) ? found.get(each.id) : each)).filter(Boolean);
  }

  /** Older ones. Answers whether there were any. */
  async more(signal) {
    if (this.next === null || this.reading || this.unread) return false;
    this.reading = true;
    const { life } = this;
    try {
      const told = await this.account.get(this.path, { ...this.wants, limit: MORE, cursor: this.next }, { signal });
      if (life !== this.life) return false;
      const known = new Set(this.items.map((each) => each.id));
      this.items = [...this.items, ...told.items.filter((each) => !known.has(each.id))];
      this.next = told.next;
      return told.items.length > 0;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.unread = true; // until something is read again, which says how it stands
      return false;
    } finally {
      this.reading = false;
    }
  }

  /** What is known may be of another life: the next refresh reads all of it again, and keeps the place. */
  doubt() {
    this.doubted = true;
  }

  /** Forgets all, so that the next refresh begins anew; what was asked before is not of this life. */
  renew() {
    this.life = {};
    this.items = [];
    this.next = null;
    this.total = null;
    this.missed = 0;
  }
}
