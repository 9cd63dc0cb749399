// Reads the JSON lines that tools print. They are other people's formats and change: whatever is missing or of another type is
// simply not there.

export type Event = Readonly<Record<string, unknown>>;

/** How the events of every tool begin. */
export const EVENT_BEGINNING = '{"type":';
/** An event may have others in it; more attempts at a line that is none would only cost time. */
const BEGINNINGS_MAX = 4;

/** Undefined when the line is no JSON object, nor ends with an event: what a tool starts may print without ending its line. */
export function eventOf(line: string): Event | undefined {
  const whole = line.startsWith('{') ? parsed(line) : undefined;
  if (whole !== undefined) return whole;
  let start = line.indexOf(EVENT_BEGINNING, 1);
  for (let tries = 0; start !== -1 && tries < BEGINNINGS_MAX; tries += 1) {
    const event = parsed(line.slice(start));
    if (event !== undefined) return event;
    start = line.indexOf(EVENT_BEGINNING, start + 1);
  }
  return undefined;
}

function parsed(text: string): Event | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function at(value: unknown, ...path: readonly string[]): unknown {
  let here = value;
  for (const name of path) {
    if (!isObject(here)) return undefined;
    here = here[name];
  }
  return here;
}

/** Undefined also for an empty text. */
export function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  const found = at(value, ...path);
  return typeof found === 'string' && found !== '' ? found : undefined;
}

/** Zero when there is none. */
export function numberAt(value: unknown, ...path: readonly string[]): number {
  const found = at(value, ...path);
  return typeof found === 'number' && Number.isFinite(found) ? found : 0;
}

export function listAt(value: unknown, ...path: readonly string[]): readonly unknown[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
}

export function valuesAt(value: unknown, ...path: readonly string[]): readonly unknown[] {
  const found = at(value, ...path);
  return isObject(found) ? Object.values(found) : [];
}

/** Tools name amounts of money in units of the currency. */
export function micros(amount: number): number {
  return Math.round(amount * 1e6);
}

function isObject(value: unknown): value is Event {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
