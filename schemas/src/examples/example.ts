// The form of an example, and the values that examples share.

export interface Faulty {
  /** Where the fault is, as a JSON pointer. */
  readonly path: string;
  readonly value: unknown;
}

export interface Examples<T = unknown> {
  readonly valid: readonly T[];
  readonly invalid: readonly Faulty[];
}

/** Faulty copies of a good value: each with some fields changed; a field changed to undefined is left out. */
export function faulty(good: object, changes: readonly (readonly [path: string, change: object])[]): Faulty[] {
  return changes.map(([path, change]) => {
    const fields = Object.entries({ ...good, ...change }).filter(([, value]) => value !== undefined);
    return { path, value: Object.fromEntries(fields) };
  });
}

/** `levels` arrays in one another. */
export function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level++) value = [value];
  return value;
}

export const TASK = '019a8f6c-0000-7000-8000-000000000001';
export const PARENT = '019a8f6c-0000-7000-8000-000000000002';
export const NOON = '2026-11-21T12:00:00.000Z';
export const LATER = '2026-11-21T12:05:00Z';
export const HASH = 'b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9';
export const COMMIT = '3b18e512dba79e4c8300dd08aeb37f8e728b8dad';
