// What `now()` gives in expressions.
/** A moment with its zone: milliseconds since 1970, minutes east of UTC. */
export interface Instant {
  ms: number;
  zone: number;
}

export const kEpoch: Instant = { ms: 0, zone: 0 };
const kInstant = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|([+-])(\d\d):(\d\d))$/;

/** @throws TypeError neither a Date nor text with a zone */
export function instantOf(now: Date | string | null | undefined): Instant {
  const date = now === undefined || now === null ? new Date() : now;
  if (typeof date === 'string') {
    const [text, sign, hours, minutes] = kInstant.exec(date) ?? [];
    const ms = text === undefined ? NaN : Date.parse(text);
    const zone = sign === undefined ? 0 : Number(hours) * 60 + Number(minutes);
    const east = sign === '-' ? -zone : zone;
    // Date.parse takes February 31 for a day in March.
    const isDay = new Date(ms + east * 60_000).getUTCDate() === Number(date.slice(8, 10));
    if (isDay && zone <= 14 * 60) return { ms, zone: east };
  } else if (Object.prototype.toString.call(date) === '[object Date]') {
    const ms = Date.prototype.getTime.call(date);
    if (!Number.isNaN(ms)) return { ms, zone: -Math.round(date.getTimezoneOffset()) };
  }
  throw new TypeError('now is a Date, or text such as 2026-01-02T03:04:05+01:00');
}
