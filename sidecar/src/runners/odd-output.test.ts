// What no reader of lines likes, from real programs: a line of 20 MB, bytes that are no text, and what matters only after them.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { RunProgress } from '../core/job-model.js';
import { RunnerBench } from './fixture.js';

let bench: RunnerBench;

beforeEach(async () => {
  bench = await RunnerBench.open();
});
afterEach(() => bench.close());

const SOON = { timeout: 15_000 };
const ENDLESS_CHARS = 20_000_000;
const FINAL = { type: 'result', subtype: 'success', is_error: false, result: 'Did it.', session_id: 's1' };
const CUT = /y \[… (\d+) more characters of this line left out …\]\n/;

/** Writes all of it before it goes on, however slowly it is read. */
const WRITE = `
  import { once } from 'node:events';
  import { readFile } from 'node:fs/promises';
  const write = async (data) => { if (!process.stdout.write(data)) await once(process.stdout, 'drain'); };
  const binary = Buffer.from([0, 1, 0xff, 0xc3]);
  const endless = 'y'.repeat(${ENDLESS_CHARS});
`;

const cutChars = (output: string) => Number(CUT.exec(output)?.[1]);

it.each([
  ['on a line of its own', '\n'],
  ['on the same line', ''],
])('a tool of events is understood after a line that is far too long, %s', async (_, between) => {
  const script = `${WRITE}
    await write(Buffer.concat([binary, Buffer.from('\\n'), binary]));
    await write('\\n' + endless + ${JSON.stringify(between)});
    print(${JSON.stringify(FINAL)});
    await write(binary);`;
  const runner = bench.runner('', { kind: 'claude', program: await bench.tool(script) });
  const job = bench.job({ runner: { kind: 'claude', model: null } });
  const outcome = await bench.begin(runner, { job }).ended;
  expect(outcome).toMatchObject({ ok: true, value: { code: 0, final: { ok: true, text: 'Did it.' } } });
  const output = await bench.output();
  expect(output).toContain('\0\u0001\uFFFD\uFFFD\n');
  expect(cutChars(output)).toBeGreaterThan(ENDLESS_CHARS - 20_000);
});

it('a program without events is shown and its progress is heard, after a line that is far too long', async () => {
  const told: RunProgress[] = [];
  const script = `${WRITE}
    await write(binary);
    await write('\\n' + endless);
    await write('\\n::agentcom {"progress":{"note":"half"}}\\n');
    await readFile('go');
    await write(binary);
    await write('\\nthe end\\n');`;
  const runner = bench.runner(`mkfifo go; exec '${await bench.tool(script)}'`);
  const { ended } = bench.begin(runner, { told });
  await expect.poll(() => told, SOON).toEqual([{ note: 'half' }]);
  await writeFile(join(bench.work, 'go'), '');
  const outcome = await ended;
  expect(outcome).toMatchObject({ ok: true, value: { code: 0 } });
  expect(outcome.ok && outcome.value.tail.endsWith('the end\n')).toBe(true);
  const output = await bench.output();
  expect(output).toContain('\0\u0001\uFFFD\uFFFD\n');
  expect(output.endsWith('\0\u0001\uFFFD\uFFFD\nthe end\n')).toBe(true);
  expect(cutChars(output)).toBeGreaterThan(ENDLESS_CHARS - 20_000);
});
