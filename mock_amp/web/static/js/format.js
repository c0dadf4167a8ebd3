// How numbers, instants and spans of time are written.

const MICRO = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.(\d+))?Z$/;
const UNITS = [["d", 86_400_000], ["h", 3_600_000], ["m", 60_000], ["s", 1_000]];

/** Milliseconds since 1970, with parts of them, of an instant of the control plane. */
export function millis(instant) {
  const [, day, time, part = ""] = MICRO.exec(instant) ?? [];
  return day ? Date.parse(`${day}T${time}Z`) + Number(`0.${part || 0}`) * 1_000 : Date.parse(instant);
}

/** The instant of so many milliseconds, as the control plane takes it. */
export const instant = (ms) => new Date(ms).toISOString();

/** The time of day, to the millisecond: 12:00:00.000. */
export const clockTime = (ms) => new Date(ms).toISOString().slice(11, 23);

/** Day and time, to the second. */
export const dayTime = (ms) => new Date(ms).toISOString().slice(0, 19).replace("T", " ");

/** Time of day alone where the day is today's by the account's clock; day and time otherwise. */
export function brief(ms, now) {
  const [day, time] = dayTime(ms).split(" ");
  return day === dayTime(now).slice(0, 10) ? time : `${day.slice(5)} ${time.slice(0, 5)}`;
}

/** A span of time as a person says it: 250 ms, 1.5 s, 4m 10s, 2h 5m. */
export function span(ms) {
  const size = Math.abs(ms);
  if (size < 1_000) return `${Math.round(size)} ms`;
  if (size < 60_000) return `${Number((size / 1_000).toFixed(size < 10_000 ? 1 : 0))} s`;
  let left = Math.round(size / 1_000) * 1_000;
  const parts = [];
  for (const [unit, each] of UNITS) {
    const many = Math.floor(left / each);
    left -= many * each;
    if (many || parts.length) parts.push(`${many}${unit}`);
  }
  return parts.slice(0, 2).join(" ");
}

/** 50,000. */
export const count = (number) => Number(number).toLocaleString("en-US");

/** One message, two messages. */
export const many = (number, one, more = `${one}s`) => `${count(number)} ${number === 1 ? one : more}`;

/** The middle of a long id left out. */
export const short = (text, most = 18) => (text.length > most ? `${text.slice(0, most - 7)}…${text.slice(-6)}` : text);
