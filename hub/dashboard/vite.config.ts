// How the dashboard is built. `npm run dev -w @agentcom/dashboard` serves the sources, with everything else from a hub on this machine.

import { createHash } from 'node:crypto';
import { defineConfig, type Plugin } from 'vite';

const HUB = 'http://127.0.0.1:7700';

const WORKER = 'service-worker';

/** Tells the service worker what the first view is made of. */
function shellList(): Plugin {
  return {
    name: 'shell-list',
    generateBundle(_, bundle) {
      const chunks = Object.values(bundle).filter((one) => one.type === 'chunk');
      const worker = chunks.find(({ name }) => name === WORKER);
      const files = new Set<string>();
      const add = (fileName: string): void => {
        const chunk = chunks.find((one) => one.fileName === fileName);
        if (chunk === undefined || files.has(fileName)) return;
        for (const file of [fileName, ...(chunk.viteMetadata?.importedCss ?? [])]) files.add(file);
        chunk.imports.forEach(add);
      };
      for (const { isEntry, name, fileName } of chunks) if (isEntry && name !== WORKER) add(fileName);
      if (worker === undefined || worker.imports.length > 0) this.error('the service worker must be one file');
      const every = Object.keys(bundle).sort().join('\n');
      const version = createHash('sha256').update(every).digest('hex').slice(0, 12);
      worker.code = worker.code.replaceAll(
        '__SHELL__',
        JSON.stringify({ version, files: [...files].map((file) => `/${file}`) }),
      );
    },
  };
}

export default defineConfig({
  // `source` leads from a workspace package to its TypeScript files.
  resolve: { conditions: ['source', 'module', 'browser', 'development|production'] },
  plugins: [shellList()],
  build: {
    target: 'es2022',
    // Polyfills would be inline, and nobody needs them who has `<dialog>`.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    cssCodeSplit: true,
    reportCompressedSize: false,
    rolldownOptions: {
      input: { index: 'index.html', [WORKER]: 'src/worker/service-worker.ts' },
      output: {
        entryFileNames: ({ name }) => (name === WORKER ? '[name].js' : 'assets/[name]-[hash].js'),
      },
    },
  },
  server: {
    proxy: {
      '/api': HUB,
      '/join': HUB,
      '/sign-in/oidc': HUB,
      '/ws': { target: HUB, ws: true },
    },
  },
});
