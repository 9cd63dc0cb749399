// Writes the generated pages: `npm run generate -w @agentcom/schemas`.

import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { errorsPage } from './errors-page.js';

const docs = new URL('../../ops/docs/', import.meta.url);
mkdirSync(docs, { recursive: true });
writeFileSync(fileURLToPath(new URL('errors.md', docs)), errorsPage());
