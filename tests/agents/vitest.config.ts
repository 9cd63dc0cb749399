// `npm run test:agents`: the real tools from npm. No part of `npm test`, which needs no more network than set-up does.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const conditions = ['source', 'module', 'node', 'development|production'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    root: fileURLToPath(new URL('../..', import.meta.url)),
    include: ['tests/agents/**/*.test.ts'],
    globalSetup: ['./scripts/lib/vitest-setup.mjs', './tests/agents/install.ts'],
    testTimeout: 300_000,
    hookTimeout: 900_000,
    teardownTimeout: 30_000,
    allowOnly: false,
    reporters: ['default', fileURLToPath(new URL('./table.ts', import.meta.url))],
  },
});
