// Three projects: unit tests beside the code, integration tests on real processes, the seeded simulation. All run from the sources.
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { memoryFolder } from './scripts/lib/memory-folder.mjs';

const folder = memoryFolder();
if (folder !== undefined) process.env.TMPDIR ??= folder;

// `source` leads from a workspace package to its TypeScript files; the others are Vite's own for Node, but for `module`: what packages have under it
// is for bundlers, and Node cannot read all of it.
const conditions = ['source', 'node', 'development|production'];

const common = {
  resolve: { conditions },
  ssr: { resolve: { conditions } },
};

/** Of those that take long, which nothing tells about a file that has not run here yet. */
const LONGEST = [
  'simulation/seeds-first-half',
  'simulation/seeds-second-half',
  'simulation/mutation',
  'integration/floods',
  'integration/phases',
  'integration/nothing-lost',
  'integration/nats-cluster',
  'integration/sidecar-faults',
  'browser/dashboard',
  'integration/backups',
  'integration/first-steps',
  'integration/storage-damaged',
  'integration/joining',
  'integration/runbooks',
].map((name) => `/tests/${name}.test.ts`);

/** They start many programs, for each of which the system copies the tables of the worker: they come while it is small. */
const STARTERS = ['/sidecar/src/git/', '/sidecar/src/', '/hub/src/nats/', '/hub/src/journal/'];

const FIRST = [...LONGEST, ...STARTERS];

/** So that none of the longest runs on alone at the end. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.sort((a, b) => placeOf(a) - placeOf(b));
  }
}

function placeOf({ moduleId }: TestSpecification): number {
  const place = FIRST.findIndex((part) => moduleId.includes(part));
  return place === -1 ? FIRST.length : place;
}

/** V8 optimises a function at six times the use of its own default: most of what a test runs, it runs too rarely to win that time back. */
const execArgv = ['--interrupt-budget=400000'];

/** More than processors: they wait more than they work. */
const REAL_WORKERS = availableParallelism() + 3;

// Groups run one after the other. The simulation only computes, and does that while real processes wait.
export default defineConfig({
  test: {
    exclude: ['**/node_modules/**', '**/dist/**'],
    globalSetup: ['./scripts/lib/vitest-setup.mjs'],
    reporters: ['default', './scripts/lib/totals-reporter.mjs'],
    restoreMocks: true,
    allowOnly: false,
    // For a machine that has more to do: of its own, Vitest waits a second.
    expect: { poll: { timeout: 15_000 } },
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        ...common,
        extends: true,
        test: {
          name: 'unit',
          include: [
            '{schemas,hub,sidecar,scripts}/{src,cli,lib}/**/*.test.ts',
            'hub/dashboard/src/**/*.test.ts',
            'tests/{boundaries,support}/**/*.test.ts',
          ],
          setupFiles: ['./scripts/lib/vitest-shim.mjs'],
          // In a process of its own each file would load its modules anew, which takes longer than most of the tests.
          isolate: false,
          execArgv,
          // For what hangs: a slow machine takes three times as long as a fast one, and the workers share its processors.
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: availableParallelism() + 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        ...common,
        extends: true,
        test: {
          name: 'simulation',
          include: ['tests/simulation/**/*.test.ts'],
          setupFiles: ['./scripts/lib/vitest-behind.mjs'],
          execArgv,
          testTimeout: 900_000,
          maxWorkers: REAL_WORKERS,
          sequence: { groupOrder: 1 },
        },
      },
      {
        ...common,
        extends: true,
        test: {
          name: 'integration',
          include: ['tests/{integration,browser}/**/*.test.ts'],
          isolate: false,
          testTimeout: 180_000,
          hookTimeout: 60_000,
          teardownTimeout: 30_000,
          maxWorkers: REAL_WORKERS,
          // Its package leads to its sources under the same word as ours, and Node cannot read those.
          server: { deps: { inline: ['eventsource', /@modelcontextprotocol\/client/] } },
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
