// The shim as a process of its own. Its only argument is the directory of what it is to run.

import { runShim } from './shim.js';

const [dir] = process.argv.slice(2);
if (dir === undefined) throw new Error('usage: shim DIRECTORY');
await runShim(dir);
process.exit(0);
