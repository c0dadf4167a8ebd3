/** All reminders in one file. Enough for a café with one process; use your database. */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";

export class Store {
  #file;
  #reminders;

  constructor(file) {
    this.#file = file;
    this.#reminders = new Map(existsSync(file) ? Object.entries(JSON.parse(readFileSync(file, "utf8"))) : []);
  }

  get(id) {
    return this.#reminders.get(id);
  }

  put(reminder) {
    const all = new Map(this.#reminders).set(reminder.id, reminder);
    // Written beside and renamed: after a crash the file has all of the old or all of the new.
    writeFileSync(`${this.#file}.new`, JSON.stringify(Object.fromEntries(all)));
    renameSync(`${this.#file}.new`, this.#file);
    this.#reminders = all;
    return reminder;
  }

  /** Nothing else runs between reading and writing, so that no two reports overwrite each other. */
  change(id, how) {
    return this.put(how(this.get(id)));
  }
}
