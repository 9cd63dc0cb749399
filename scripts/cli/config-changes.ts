// Changes to the hub's configuration as they are given on the command line, `path=value`, as one JSON merge patch; and the way back from a
// configuration to its settings by their dotted names.

import { parseDuration } from '@agentcom/schemas/durations';
import { usageError } from './exit.js';

export interface Table {
  [name: string]: unknown;
}

/** Throws 64 naming what cannot be read. `null` takes a setting back to its default. */
export function mergePatchOf(changes: readonly string[]): Table {
  const patch: Table = emptyTable();
  for (const change of changes) {
    const split = change.indexOf('=');
    if (split < 1)
      throw usageError(`${change} is not of the form path=value`, 'For example: tasks.offlineGraceSeconds=90');
    const path = change.slice(0, split);
    put(patch, path, parseValue(path, change.slice(split + 1)));
  }
  return patch;
}

/** What is at a dotted path, the whole without one. Throws 64 naming what is there instead. */
export function settingAt(config: unknown, path: string | undefined): unknown {
  let value = config;
  const walked: string[] = [];
  for (const name of path?.split('.') ?? []) {
    if (!isTable(value) || !Object.hasOwn(value, name)) {
      const where = walked.length === 0 ? 'The sections are' : `${walked.join('.')} has`;
      const remedy = isTable(value)
        ? `${where}: ${Object.keys(value).join(', ')}`
        : `${walked.join('.')} is a single value.`;
      throw usageError(`setting ${path} not found`, remedy);
    }
    value = value[name];
    walked.push(name);
  }
  return value;
}

/** Every setting with its dotted path. */
export function settingsIn(value: unknown, path = ''): readonly (readonly [string, unknown])[] {
  if (!isTable(value) || Object.keys(value).length === 0) return [[path, value]];
  return Object.entries(value).flatMap(([name, inner]) => settingsIn(inner, path === '' ? name : `${path}.${name}`));
}

function put(patch: Table, path: string, value: unknown): void {
  const names = path.split('.');
  const last = names.pop() ?? '';
  if ([...names, last].some((name) => !/^[\w-]+$/.test(name)))
    throw usageError(`${path} is not the name of a setting`, '`agentcom config get` lists them.');
  let section = patch;
  for (const name of names) {
    section[name] ??= emptyTable();
    section = section[name] as Table;
    if (!isTable(section)) throw usageError(`${path} is inside a setting that you also set`);
  }
  if (last in section) throw usageError(`${path} is given twice`);
  section[last] = value;
}

/** A whole number, in seconds where the value is a length of time, true, false or null. What is none of these the hub refuses, with the bounds. */
function parseValue(path: string, text: string): unknown {
  if (text === 'null') return null;
  if (text === 'true' || text === 'false') return text === 'true';
  const ms = path.endsWith('Seconds') ? parseDuration(text) : undefined;
  if (ms !== undefined) {
    if (ms % 1000 === 0) return ms / 1000;
    throw usageError(`${path} must be a whole number of seconds, not ${text}`);
  }
  return /^-?\d+$/.test(text) ? Number(text) : text;
}

/** Without a prototype that a name could reach. */
function emptyTable(): Table {
  return Object.create(null) as Table;
}

function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
