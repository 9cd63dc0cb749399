// Where a setting comes from: a flag, else the environment, else the TOML file, else its default. Anything that is not a
// setting is refused by name, in the words of whoever gave it.

import type { TSchema } from 'typebox';
import { inUsualCase } from './address-case.js';
import { parseDuration } from './durations.js';
import type { Data } from './primitives.js';
import type { ErrorDetail } from './problem.js';
import { OTHER_VARIABLES, PROGRAMS, type Program } from './programs.js';
import type { Compile } from './validate.js';

export type SettingsOf<P extends Program> = Data<(typeof PROGRAMS)[P]['settings']>;

export interface SettingSources {
  /** By setting, such as `port` or `runner.argv`. Undefined is the same as absent. */
  readonly flags?: Readonly<Record<string, unknown>>;
  /** An empty variable is the same as none. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The parsed TOML file, and what to call it. */
  readonly file?: { readonly name: string; readonly content: Readonly<Record<string, unknown>> };
  /** Reads a secret that is named by a `…_FILE` variable; throws when it cannot. */
  readonly readFile: (path: string) => string;
}

/** `details` name each faulty setting as it was given: `--port`, `AGENTCOM_PORT`, `port in hub.toml`. */
export type Resolved<P extends Program> =
  | { readonly ok: true; readonly value: SettingsOf<P> }
  | { readonly ok: false; readonly details: readonly ErrorDetail[] };

export interface Setting {
  /** `runner.argv` */
  readonly key: string;
  /** `AGENTCOM_SIDECAR_RUNNER_ARGV` */
  readonly variable: string;
  readonly kind: string;
  readonly secret: boolean;
  readonly address: boolean;
  readonly byDefault: unknown;
  readonly description: string;
}

interface Given {
  readonly value: unknown;
  /** In the words of whoever gave it. */
  readonly as: string;
}

export function resolveSettings<P extends Program>(program: P, sources: SettingSources, compile: Compile): Resolved<P> {
  const settings = settingsOf(program);
  const details = unknownNames(settings, sources);
  const value = {};
  const givenAs = new Map<string, string>();
  for (const setting of settings) {
    const given = find(setting, sources, details);
    givenAs.set(pointerOf(setting.key), given?.as ?? setting.key);
    const chosen = given === undefined ? setting.byDefault : given.value;
    const usual = setting.address && typeof chosen === 'string' ? inUsualCase(chosen) : chosen;
    put(value, setting.key.split('.'), usual);
  }
  const validated = compile(PROGRAMS[program].settings as TSchema)(value);
  if (validated.ok && details.length === 0) return { ok: true, value: validated.value as SettingsOf<P> };
  if (!validated.ok) details.push(...validated.details.map((detail) => inTheirWords(detail, givenAs)));
  return { ok: false, details };
}

/** Every setting of a program, by its dotted name, in the order of its schema. */
export function settingsOf(program: Program): Setting[] {
  const { settings, prefix } = PROGRAMS[program];
  return leaves(settings, [], prefix);
}

/** What we read of a schema of settings. */
interface Shape {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly default?: unknown;
  readonly secret?: boolean;
  readonly address?: boolean;
  readonly description?: string;
}

function leaves(shape: Shape, path: readonly string[], prefix: string): Setting[] {
  if (shape.properties !== undefined) {
    return Object.entries(shape.properties).flatMap(([name, inner]) => leaves(inner, [...path, name], prefix));
  }
  const variable = prefix + path.map((name) => name.replace(/[A-Z]/g, '_$&').toUpperCase()).join('_');
  const { type = 'string', secret = false, address = false, description = '' } = shape;
  return [{ key: path.join('.'), variable, kind: type, secret, address, byDefault: shape.default, description }];
}

function find(setting: Setting, sources: SettingSources, details: ErrorDetail[]): Given | undefined {
  const { flags = {}, env = {}, file } = sources;
  const flag = flags[setting.key];
  if (flag !== undefined) {
    const as = flagName(setting.key);
    if (setting.secret) details.push({ path: as, message: `is a secret: give it as ${setting.variable}_FILE` });
    return { value: typeof flag === 'string' ? fromText(flag, setting) : flag, as };
  }
  const variable = env[setting.variable];
  if (variable !== undefined && variable !== '') return { value: fromText(variable, setting), as: setting.variable };
  if (setting.secret) {
    const secret = fromFile(`${setting.variable}_FILE`, env, sources.readFile, details);
    if (secret !== undefined) return secret;
  }
  const written = file === undefined ? undefined : take(file.content, setting.key.split('.'));
  if (written === undefined) return undefined;
  return { value: inSeconds(written, setting), as: `${setting.key} in ${file?.name}` };
}

function fromFile(
  variable: string,
  env: Readonly<Record<string, string | undefined>>,
  readFile: (path: string) => string,
  details: ErrorDetail[],
): Given | undefined {
  const path = env[variable];
  if (path === undefined || path === '') return undefined;
  try {
    return { value: readFile(path).replace(/\r?\n$/, ''), as: variable };
  } catch {
    details.push({ path: variable, message: 'names a file that cannot be read' });
    return undefined;
  }
}

/** Texts from flags and the environment; one that does not fit stays a text and is refused by the schema. */
function fromText(text: string, setting: Setting): unknown {
  switch (setting.kind) {
    case 'integer':
      return /^-?\d{1,15}$/.test(text) ? Number(text) : inSeconds(text, setting);
    case 'boolean':
      return text === 'true' || text === '1' ? true : text === 'false' || text === '0' ? false : text;
    case 'array':
      return text.startsWith('[') ? parsed(text) : text.split(',').map((part) => part.trim());
    default:
      return text;
  }
}

/** `2h` where seconds are asked for; everything else as it is. */
function inSeconds(value: unknown, { key }: Setting): unknown {
  const ms = typeof value === 'string' && key.endsWith('Seconds') ? parseDuration(value) : undefined;
  return ms === undefined || ms % 1000 !== 0 ? value : ms / 1000;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function unknownNames(settings: readonly Setting[], sources: SettingSources): ErrorDetail[] {
  const { flags = {}, env = {}, file } = sources;
  const keys = new Set(settings.map((setting) => setting.key));
  const variables = knownVariables();
  const unknown = [
    ...given(flags)
      .filter((key) => !keys.has(key))
      .map(flagName),
    ...given(env).filter((name) => name.startsWith('AGENTCOM_') && !variables.has(name)),
    ...(file === undefined ? [] : unknownKeys(file.content, keys, '').map((key) => `${key} in ${file.name}`)),
  ];
  return unknown.map((path) => ({ path, message: 'is not a setting' }));
}

function given(values: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(values).filter((name) => values[name] !== undefined);
}

/** Variables of the other programs are none of ours, and no mistake either: several programs share an environment. */
function knownVariables(): Set<string> {
  const programs = Object.keys(PROGRAMS) as Program[];
  const settings = programs.flatMap((program) => settingsOf(program));
  const secretFiles = settings.filter((setting) => setting.secret).map((setting) => `${setting.variable}_FILE`);
  return new Set([...OTHER_VARIABLES, ...settings.map((setting) => setting.variable), ...secretFiles]);
}

function unknownKeys(content: Readonly<Record<string, unknown>>, keys: ReadonlySet<string>, above: string): string[] {
  return Object.entries(content).flatMap(([name, value]) => {
    const key = above + name;
    if (name.includes('.')) return [key];
    if (keys.has(key)) return [];
    const isSection = [...keys].some((known) => known.startsWith(`${key}.`));
    return isSection && isTable(value) ? unknownKeys(value, keys, `${key}.`) : [key];
  });
}

function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function take(content: Readonly<Record<string, unknown>>, path: readonly string[]): unknown {
  const [name, ...rest] = path as [string, ...string[]];
  if (!Object.hasOwn(content, name)) return undefined;
  const value = content[name];
  if (rest.length === 0) return value;
  return isTable(value) ? take(value, rest) : undefined;
}

/** A section is there whatever of it is set. */
function put(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [name, ...rest] = path as [string, ...string[]];
  if (rest.length === 0) {
    if (value !== undefined) target[name] = value;
    return;
  }
  const section = (target[name] ?? {}) as Record<string, unknown>;
  target[name] = section;
  put(section, rest, value);
}

/** Finds the setting that a finding of the validator is about; what lies inside it follows its name. */
function inTheirWords(detail: ErrorDetail, givenAs: ReadonlyMap<string, string>): ErrorDetail {
  for (const [pointer, as] of givenAs) {
    if (detail.path === pointer) return { path: as, message: detail.message };
    if (detail.path.startsWith(`${pointer}/`))
      return { path: as + detail.path.slice(pointer.length), message: detail.message };
  }
  return { path: detail.path.slice(1).replaceAll('/', '.'), message: detail.message };
}

function pointerOf(key: string): string {
  return `/${key.replaceAll('.', '/')}`;
}

/** `--runner-argv` */
function flagName(key: string): string {
  return `--${key.replaceAll('.', '-').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
