import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { describe, expect, it } from 'vitest';
import { areas, areasAsMarkdown } from './areas.js';
import { findCircles, findViolations, importsOf, loadedWith, type SourceFile } from './imports.js';

const root = join(import.meta.dirname, '..', '..');

function sourceFiles(): SourceFile[] {
  return ['schemas', 'hub', 'sidecar', 'scripts', 'tests'].flatMap((workspace) =>
    readdirSync(join(root, workspace), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(ts|tsx|mjs)$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((path) => !/[/\\](node_modules|dist)[/\\]/.test(path))
      .map((path) => ({ path: relative(root, path).split(sep).join('/'), text: readFileSync(path, 'utf8') })),
  );
}

describe('the import boundaries', () => {
  it('hold in every source file', () => {
    expect(findViolations(sourceFiles())).toEqual([]);
  });

  it('leave no files that load one another', () => {
    expect(findCircles(sourceFiles())).toEqual([]);
    const circle = ['a', 'b'].map((name, i) => ({
      path: `hub/src/core/${name}.ts`,
      text: `import { x } from './${['b', 'a'][i]}.js';`,
    }));
    expect(findCircles(circle)).toEqual(['hub/src/core/a.ts → hub/src/core/b.ts → hub/src/core/a.ts']);
  });

  // The style guide asks for it.
  it('are not the only bounds: a file of over 400 lines says why it is long', () => {
    const long = sourceFiles().filter(({ text }) => text.split('\n').length > 401);
    const unexplained = long.filter(({ text }) => !/\blong(er)?\b/i.test(text.split('\n').slice(0, 6).join('\n')));
    expect(unexplained.map(({ path }) => path)).toEqual([]);
  });

  // Unit tests share their modules with others that run in the same process: what has imported one already would not see its mock.
  it('are what tests keep to as well: none replaces a module', () => {
    const mocking = sourceFiles().filter(({ text }) => /\bvi\.(do)?mock\(/i.test(text));
    expect(mocking.map(({ path }) => path)).toEqual([]);
  });

  // The object that it exports has all of it, 70 KB that every command with a schema would load.
  it('are crossed by no more of typebox than is used', () => {
    const whole = sourceFiles().filter(({ text }) => /^import (?!type|\* as).*\bType\b.* from 'typebox';/m.test(text));
    expect(whole.map(({ path }) => path)).toEqual([]);
  });

  it('are the ones that ARCHITECTURE.md shows', () => {
    expect(readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8')).toContain(areasAsMarkdown());
  });

  it.each([
    [
      'core that reads the clock of Node',
      'hub/src/core/now.ts',
      "import { hrtime } from 'node:process';",
      "Node's modules",
    ],
    [
      'core that uses Node without the prefix',
      'hub/src/core/id.ts',
      "import { randomUUID } from 'crypto';",
      "Node's modules",
    ],
    ['core that uses a package', 'sidecar/src/core/id.ts', "import { uuidv7 } from 'uuidv7';", 'packages'],
    ['core that reaches the machine', 'sidecar/src/core/a.ts', "import '@agentcom/schemas/host';", 'schemas/host'],
    ['schemas that need Node', 'schemas/src/index.ts', "export * from './host/index.js';", 'schemas/host'],
    ['core that looks up', 'hub/src/core/a.ts', "import { x } from '../coordinator/loop.js';", 'hub/coordinator'],
    ['the coordinator that looks up', 'hub/src/coordinator/a.ts', "import '../gateway/auth.js';", 'hub/gateway'],
    ['an adapter that imports another', 'hub/src/journal/a.ts', "export * from '../nats/streams.js';", 'hub/nats'],
    [
      'an adapter that imports another by name',
      'hub/src/nats/a.ts',
      "import '@agentcom/hub/journal/log/codec';",
      'hub/journal',
    ],
    [
      'an adapter that imports another later',
      'sidecar/src/git/a.ts',
      "await import('../link/link.js');",
      'sidecar/link',
    ],
    [
      'an adapter that imports types of another',
      'sidecar/src/outbox/a.ts',
      "let a: import('../git/x.js').X;",
      'sidecar/git',
    ],
    ['an adapter that builds', 'hub/src/nats/a.ts', "import { start } from '../main.js';", 'hub/main'],
    ['the hub that imports the sidecar', 'hub/src/main.ts', "import '@agentcom/sidecar';", 'share no code'],
    [
      'the sidecar that reaches into the hub',
      'sidecar/src/main.ts',
      "import '../../hub/src/core/state.js';",
      'share no code',
    ],
    [
      'a test in the hub that uses the sidecar',
      'hub/src/a.test.ts',
      "import '@agentcom/sidecar/core/job';",
      'share no code',
    ],
    ['schemas that import the hub', 'schemas/src/a.ts', "import type { State } from '@agentcom/hub';", 'hub/main'],
    ['the hub that imports the command', 'hub/src/main.ts', "import '@agentcom/scripts';", 'command'],
    ['set-up that uses a package', 'scripts/setup.mjs', "import { pino } from 'pino';", 'packages'],
    ['code that uses what is for tests', 'hub/src/nats/a.ts', "import './testing.js';", 'only tests'],
    ['a file outside the areas', 'hub/src/helpers/a.ts', '', 'no area'],
  ])('refuse %s', (_what, path, text, reason) => {
    const violations = findViolations([{ path, text }]);
    expect(violations).toHaveLength(1);
    expect(violations[0]).toContain(path);
    expect(violations[0]).toContain(reason);
  });

  it.each([
    ['main that builds an adapter', 'hub/src/main.ts', "import { connect } from './nats/connection.js';"],
    ['the command that builds a hub', 'scripts/cli/main.ts', "import { startHub } from '@agentcom/hub';"],
    [
      'an adapter that implements a port',
      'hub/src/journal/a.ts',
      "import type { JournalPort } from '../coordinator/ports.js';",
    ],
    [
      'a test that builds what it tests with',
      'hub/src/journal/a.test.ts',
      "import { startTestServer } from '../nats/testing.js';",
    ],
    [
      'an import that is only written about',
      'hub/src/core/a.ts',
      "// import 'node:fs'\nconst text = \"import 'node:fs'\";",
    ],
  ])('allow %s', (_what, path, text) => {
    expect(findViolations([{ path, text }])).toEqual([]);
  });

  it('see every way of importing', () => {
    const text = `
      import 'a'; import b from 'b'; import type { C } from 'c'; import { type D } from 'd';
      export { e } from 'e'; export * from 'f'; export type * from 'g';
      const h = await import('h'); type I = import('i').I; const j = import.meta.url;`;
    expect(importsOf({ path: 'x.ts', text }).toSorted()).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i']);
  });

  it.each(['task', 'status', 'report', 'mcp'])('let `agentcom %s` start without what it seldom needs', (name) => {
    const read = (path: string) => readFileSync(join(root, path), 'utf8');
    const entries = ['main', 'client', 'settings', `commands/${name}`].map((file) => `scripts/cli/${file}.ts`);
    const loaded = new Set(entries.flatMap((entry) => [...loadedWith(entry, read)]));
    expect(loaded).toContain('scripts/cli/exit.ts');
    expect(loaded).toContain('schemas/src/limits.ts');
    const large = [
      'schemas/src/index.ts',
      'schemas/src/host/index.ts',
      'schemas/src/ajv.ts',
      'schemas/src/routes.ts',
      'node:crypto',
    ];
    expect(large.filter((one) => loaded.has(one))).toEqual([]);
  });

  // The build loads whatever anybody uses of an index with it.
  it('let a sidecar wait without the schemas of others', () => {
    const read = (path: string) => readFileSync(join(root, path), 'utf8');
    const loaded = loadedWith('sidecar/src/main.ts', read);
    expect(loaded).toContain('schemas/src/frames.ts');
    const others = ['schemas/src/index.ts', 'schemas/src/routes.ts', 'schemas/src/runtime-config.ts'];
    expect(others.filter((one) => loaded.has(one))).toEqual([]);
  });

  it('name only areas that exist', () => {
    const names = areas.map((area) => area.name);
    const unknown = areas
      .flatMap((area) => area.imports)
      .filter(
        (name) =>
          !names.some((known) => known === name || (name.endsWith('/*') && known.startsWith(name.slice(0, -1)))),
      );
    expect(unknown).toEqual([]);
    expect(areasAsMarkdown().split('\n')).toHaveLength(areas.length + 3);
  });
});
