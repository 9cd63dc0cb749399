// Choices that a browser keeps. Where it keeps nothing (a private window, a full disk), they last as long as the page.

import { type Signal, signal } from '@preact/signals';

/** A signal whose value is one of `values`, kept under `name`. */
export function storedChoice<T extends string>(name: string, values: readonly T[], first: T): Signal<T> {
  const kept = read(name);
  const choice = signal(values.find((value) => value === kept) ?? first);
  choice.subscribe((value) => write(name, value));
  return choice;
}

/** A signal kept under `name` as JSON, as `from` makes it of whatever was kept. */
export function storedValue<T>(name: string, from: (kept: unknown) => T): Signal<T> {
  let kept: unknown;
  try {
    kept = JSON.parse(read(name) ?? 'null');
  } catch {
    kept = null;
  }
  const value = signal(from(kept));
  value.subscribe((next) => write(name, JSON.stringify(next)));
  return value;
}

function read(name: string): string | null {
  try {
    return localStorage.getItem(`agentcom.${name}`);
  } catch {
    return null;
  }
}

function write(name: string, value: string): void {
  try {
    localStorage.setItem(`agentcom.${name}`, value);
  } catch {
    // Kept in the page alone then.
  }
}
