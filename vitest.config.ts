// Three projects: unit tests beside the code, integration tests on real processes, the seeded simulation. All run from the sources.
import { defineConfig } from 'vitest/config';

// `source` leads from a workspace package to its TypeScript files; the others are Vite's own for Node, but for `module`: what packages have under it
// is for bundlers, and Node cannot read all of it.
const conditions = ['source', 'node', 'development|production'];

const common = {
  resolve: { conditions },
  ssr: { resolve: { conditions } },
};

// Groups run one after the other, so that simulation and real processes have the machine to themselves.
export default defineConfig({
  test: {
    exclude: ['**/node_modules/**', '**/dist/**'],
    globalSetup: ['./scripts/lib/vitest-setup.mjs'],
    restoreMocks: true,
    allowOnly: false,
    projects: [
      {
        ...common,
        extends: true,
        test: {
          name: 'unit',
          include: [
            '{schemas,hub,sidecar,scripts}/{src,cli,lib}/**/*.test.ts',
            'tests/{boundaries,support}/**/*.test.ts',
          ],
          setupFiles: ['./scripts/lib/vitest-shim.mjs'],
          testTimeout: 20_000,
          hookTimeout: 20_000,
          maxWorkers: '100%',
          sequence: { groupOrder: 0 },
        },
      },
      {
        ...common,
        extends: true,
        test: {
          name: 'simulation',
          include: ['tests/simulation/**/*.test.ts'],
          testTimeout: 300_000,
          maxWorkers: '100%',
          sequence: { groupOrder: 1 },
        },
      },
      {
        ...common,
        extends: true,
        test: {
          name: 'integration',
          include: ['tests/integration/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 60_000,
          teardownTimeout: 30_000,
          // They wait more than they work: with two, the processors were idle for more than half of the time.
          maxWorkers: 3,
          // Its package leads to its sources under the same word as ours, and Node cannot read those.
          server: { deps: { inline: ['eventsource', /@modelcontextprotocol\/client/] } },
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
