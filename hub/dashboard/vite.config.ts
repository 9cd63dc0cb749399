// How the dashboard is built. `npm run dev -w @agentcom/dashboard` serves the sources, with everything else from a hub on this machine.

import { defineConfig } from 'vite';

const HUB = 'http://127.0.0.1:7700';

export default defineConfig({
  // `source` leads from a workspace package to its TypeScript files.
  resolve: { conditions: ['source', 'module', 'browser', 'development|production'] },
  build: {
    target: 'es2022',
    // Polyfills would be inline, and nobody needs them who has `<dialog>`.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    cssCodeSplit: true,
    reportCompressedSize: false,
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
