// Reads the imports of source files and holds them against the areas. Pure: file contents in, findings out.
import { isBuiltin } from 'node:module';
import { posix } from 'node:path';
import { parseSync, Visitor } from 'oxc-parser';
import { type Area, areas, strangers, testFile } from './areas.js';

export interface SourceFile {
  /** From the root of the repository, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

/** Where the sources of a package are, when not in its `src`. */
const FOLDERS: Readonly<Record<string, string>> = { scripts: 'scripts/cli', tests: 'tests' };

type Target = { kind: 'node' | 'packages' } | { kind: 'file'; path: string };

/** One line for each import that the areas forbid, each file that is in no area, and each file that cannot be read. */
export function findViolations(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => {
    const area = areaOf(file.path);
    if (!area && !testFile.test(file.path))
      return [`${file.path}: is in no area; give it one in tests/boundaries/areas.ts`];
    return importsOf(file).flatMap((specifier) => {
      const reason = forbidden(file.path, area, resolve(file.path, specifier));
      return reason ? [`${file.path}: imports ${specifier}: ${reason}`] : [];
    });
  });
}

/** Every module a file names: imports, re-exports, `import()` and types by `import('…')`. */
export function importsOf(file: SourceFile): string[] {
  const parsed = parseSync(file.path, file.text);
  const fatal = parsed.errors[0];
  if (fatal) throw new Error(`${file.path} cannot be parsed: ${fatal.message}`);
  const { staticImports, staticExports } = parsed.module;
  const exported = staticExports.flatMap(({ entries }) => entries.flatMap(({ moduleRequest }) => moduleRequest ?? []));
  const found = [...staticImports.map(({ moduleRequest }) => moduleRequest), ...exported].map(({ value }) => value);
  // The whole tree is needed for these alone, and takes much longer.
  if (!/\bimport\s*\(/.test(file.text)) return found;
  const take = (source: { type: string; value?: unknown }) => {
    if (source.type === 'Literal' && typeof source.value === 'string') found.push(source.value);
  };
  new Visitor({
    ImportExpression: (node) => take(node.source),
    TSImportType: (node) => take(node.source),
  }).visit(parsed.program);
  return found;
}

/** Files of ours that are loaded as soon as `entry` is, and Node's modules and packages with them; not what is imported for its types or later. */
export function loadedWith(entry: string, read: (path: string) => string): Set<string> {
  const loaded = new Set<string>();
  const load = (name: string): void => {
    if (loaded.has(name)) return;
    loaded.add(name);
    if (!name.endsWith('.ts')) return;
    for (const specifier of valuesImportedBy({ path: name, text: read(name) })) {
      const target = resolve(name, specifier);
      load(target.kind === 'file' ? target.path : specifier);
    }
  };
  load(entry);
  return loaded;
}

/**
 * Circles of files that load one another, each as a line with the files in it. Which of them is ready first depends on who is asked for first, so that one
 * may find another unready.
 */
export function findCircles(files: readonly SourceFile[]): string[] {
  const texts = new Map(files.map(({ path, text }) => [path, text]));
  const done = new Set<string>();
  const circles: string[] = [];
  const walk = (path: string, way: readonly string[]): void => {
    const at = way.indexOf(path);
    if (at >= 0) return void circles.push([...way.slice(at), path].join(' → '));
    const text = texts.get(path) ?? texts.get(`${path}x`);
    if (text === undefined || done.has(path)) return;
    const file = texts.has(path) ? path : `${path}x`;
    for (const specifier of valuesImportedBy({ path: file, text })) {
      const target = resolve(path, specifier);
      if (target.kind === 'file') walk(target.path, [...way, path]);
    }
    done.add(path);
  };
  for (const { path } of files) walk(path, []);
  return circles;
}

function valuesImportedBy({ path, text }: SourceFile): string[] {
  const { staticImports, staticExports } = parseSync(path, text).module;
  const imported = staticImports.flatMap(({ moduleRequest, entries }) =>
    entries.length > 0 && entries.every(({ isType }) => isType) ? [] : [moduleRequest.value],
  );
  const exported = staticExports.flatMap(({ entries }) =>
    entries.flatMap(({ moduleRequest, isType }) => (moduleRequest === null || isType ? [] : [moduleRequest.value])),
  );
  return [...imported, ...exported];
}

/** `area` is that of the file `from`; undefined for a test beside code that has none. */
function forbidden(from: string, area: Area | undefined, target: Target): string | undefined {
  if (target.kind !== 'file') {
    if (!area || testFile.test(from) || area.outside.includes(target.kind)) return undefined;
    return `${area.name} may not use ${target.kind === 'node' ? "Node's modules" : 'packages'}`;
  }
  const [home, there] = [workspaceOf(from), workspaceOf(target.path)];
  if (strangers.some((pair) => pair.includes(home) && pair.includes(there) && home !== there)) {
    return `${home} and ${there} share no code`;
  }
  if (!area || testFile.test(from)) return undefined;
  if (testFile.test(target.path)) return 'only tests may import what is for tests';
  const targetArea = areaOf(target.path);
  if (!targetArea) return `${target.path} is in no area`;
  if (targetArea === area || area.imports.some((allowed) => fits(allowed, targetArea.name))) return undefined;
  return `${area.name} may not import ${targetArea.name}`;
}

function resolve(from: string, specifier: string): Target {
  if (specifier.startsWith('.')) {
    return { kind: 'file', path: posix.join(posix.dirname(from), specifier).replace(/\.js$/, '.ts') };
  }
  const own = /^@agentcom\/([^/]+)(?:\/(.+))?$/.exec(specifier);
  if (own?.[1]) {
    const folder = FOLDERS[own[1] ?? ''] ?? `${own[1]}/src`;
    const isFolder = own[2] === undefined || areas.some(({ files }) => files.includes(`${folder}/${own[2]}`));
    return { kind: 'file', path: [folder, own[2], isFolder && 'index'].filter(Boolean).join('/').concat('.ts') };
  }
  return { kind: isBuiltin(specifier) ? 'node' : 'packages' };
}

const LONGEST_FIRST = areas
  .flatMap((area) => area.files.map((file) => ({ area, file })))
  .toSorted((a, b) => b.file.length - a.file.length);

function areaOf(path: string): Area | undefined {
  return LONGEST_FIRST.find(({ file }) => holds(file, path))?.area;
}

function holds(pattern: string, path: string): boolean {
  if (pattern.endsWith('/*')) return posix.dirname(path) === pattern.slice(0, -2);
  return path === pattern || path.startsWith(`${pattern}/`);
}

function fits(pattern: string, name: string): boolean {
  return pattern === name || (pattern.endsWith('/*') && name.startsWith(pattern.slice(0, -1)));
}

function workspaceOf(path: string): string {
  return path.split('/')[0] ?? path;
}
