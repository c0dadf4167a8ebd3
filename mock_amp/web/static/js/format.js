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

/** A span of time as the control plane takes and tells it, to two units: 250ms, 1.5s, 5m, 4m 10s, 2h 5m. */
export function span(ms) {
  const size = Math.abs(ms);
  if (size < 999.5) return `${Math.round(size)}ms`;
  if (size < 59_500) return `${Number((size / 1_000).toFixed(size < 9_950 ? 1 : 0))}s`;
  const first = UNITS.findIndex(([, each]) => each <= size + 500);
  let left = Math.round(size / 1_000) * 1_000;
  const parts = UNITS.slice(first, first + 2).map(([unit, each]) => {
    const many = Math.floor(left / each);
    left -= many * each;
    return many > 0 && `${many}${unit}`;
  });
  return parts.filter(Boolean).join(" ");
}

/** 50,000. */
export const count = (number) => Number(number).toLocaleString("en-US");

/** One message, two messages. */
export const many = (number, one, more = `${one}s`) => `${count(number)} ${number === 1 ? one : more}`;

/** The middle of a long id left out. */
export const short = (text, most = 18) => (text.length > most ? `${text.slice(0, most - 7)}…${text.slice(-6)}` : text);

const KEPT = 65_530; // of a longer body the journal has about so much

/** Whether there was more of a body than the journal keeps. */
export const isCut = (body) => body.length > KEPT / 4 && new TextEncoder().encode(body).length > KEPT;
