// `npm run fuzz -- --seed 7 --runs 5000 --only http`: sends what no good client sends to a real hub, for as long as it takes.

import { parseArgs } from 'node:util';
import { startHub } from '../support/hub.js';
import { Sandbox } from '../support/sandbox.js';
import { FuzzTarget, KINDS } from './target.js';

const { values } = parseArgs({
  options: { seed: { type: 'string' }, runs: { type: 'string', default: '20000' }, only: { type: 'string' } },
});
const seed = Number(values.seed ?? Date.now() % 2 ** 31);
const runs = Number(values.runs);
const kinds = KINDS.filter((kind) => values.only === undefined || values.only === kind);
if (kinds.length === 0 || !Number.isInteger(seed) || !Number.isInteger(runs)) {
  console.error(`usage: npm run fuzz -- [--seed N] [--runs N] [--only ${KINDS.join('|')}]`);
  process.exit(64);
}

const sandbox = new Sandbox();
const hub = await startHub(sandbox);
try {
  const target = await FuzzTarget.of(hub);
  for (const kind of kinds) {
    const again = `npm run fuzz -- --seed ${seed} --runs ${runs} --only ${kind}`;
    console.log(again);
    await target.run(kind, { seed, runs }).catch((error: unknown) => {
      throw new Error(`${kind} found a fault; to see it again: ${again}`, { cause: error });
    });
  }
  console.log('nothing found');
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  await hub.stop();
  await sandbox.close();
}
