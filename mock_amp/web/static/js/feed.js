// A list of the control plane, newest first: what of it is known here, kept up with what comes about.

const HEAD = 60;
const MORE = 200;

/**
 * `path` and `filters` say which list; `place` gives what an item is ordered by, `id` by what a filter finds it.
 *
 * `items` is known without gaps from the newest on. What came after a longer absence is `missed`, until `renew`.
 */
export class Feed {
  constructor(account, path, filters, { place, idField = "id", head = HEAD }) {
    Object.assign(this, { account, path, filters, place, idField, head });
    this.items = [];
    this.next = null;
    this.total = null;
    this.missed = 0;
  }

  get wants() {
    return { ...this.filters, order: "desc" };
  }

  /** Reads the newest ones, and those of the others that are in sight. Answers how many are new at the top. */
  async refresh(visible, signal, held) {
    const told = await this.account.get(this.path, { ...this.wants, limit: this.head, total: true }, { signal });
    const before = this.items[0] && this.place(this.items[0]);
    this.evicted = told.evicted;
    const came = this.total === null ? 0 : told.total - this.total;
    this.total = told.total;
    const oldest = told.items.length && this.place(told.items.at(-1));
    const apart = before !== undefined && told.next !== null && oldest > before;
    if (apart && held) {
      this.missed = Math.max(came, 1) + this.missed;
    } else {
      const rest = told.next === null || apart ? [] : this.items.filter((each) => this.place(each) < oldest);
      if (!rest.length) this.next = told.next;
      this.items = [...told.items, ...rest];
      this.missed = 0;
    }
    await this.freshen(visible.filter((each) => !told.items.some((item) => item.id === each)), signal);
    return before === undefined || this.missed ? 0 : this.items.findIndex((each) => this.place(each) <= before);
  }

  /** Those of the items as they are by now; the ones that the filters leave out by now go. */
  async freshen(ids, signal) {
    if (!ids.length) return;
    const told = await this.account.get(this.path, { ...this.filters, [this.idField]: ids, limit: ids.length }, { signal });
    const found = new Map(told.items.map((each) => [each.id, each]));
    const asked = new Set(ids);
    this.items = this.items.map((each) => (asked.has(each.id) ? found.get(each.id) : each)).filter(Boolean);
  }

  /** Older ones. Answers whether there were any. */
  async more(signal) {
    if (this.next === null || this.reading) return false;
    this.reading = true;
    try {
      const told = await this.account.get(this.path, { ...this.wants, limit: MORE, cursor: this.next }, { signal });
      const known = new Set(this.items.map((each) => each.id));
      this.items = [...this.items, ...told.items.filter((each) => !known.has(each.id))];
      this.next = told.next;
      return told.items.length > 0;
    } finally {
      this.reading = false;
    }
  }

  /** Forgets all, so that the next refresh begins anew. */
  renew() {
    this.items = [];
    this.total = null;
    this.missed = 0;
  }
}
