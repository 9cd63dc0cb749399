// Costs at the command line.

import type { CostReport } from '@agentcom/schemas';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { EXIT } from '../exit.js';
import { runCommandLine } from '../program.js';
import { KEY, type TestHub, testHub, testWorld } from '../testing.js';

const none = { attempts: 0, unknownCost: 0, inputTokens: 0, outputTokens: 0, unpricedTokens: 0, seconds: 0, costs: [] };
const usd = (costMicros: number) => [{ currency: 'USD', costMicros }];
let report: CostReport;
let hub: TestHub;

beforeEach(async () => {
  report = {
    from: '2026-01-25',
    to: '2026-01-31',
    by: ['repo', 'model'],
    items: [
      {
        group: { repo: 'https://git.example.org/a-long-name-of-a-team/shop.git', model: 'claude-opus-5' },
        ...{ ...none, attempts: 12, inputTokens: 1_234_567, unknownCost: 2, costs: usd(3_500_000) },
      },
      { group: { model: 'unpriced' }, ...none, attempts: 1, unknownCost: 1, outputTokens: 9, unpricedTokens: 9 },
      { group: {}, other: true, ...none, attempts: 4, costs: usd(20_000) },
    ],
    total: { ...none, attempts: 17, unknownCost: 3, inputTokens: 1_234_567, outputTokens: 9, costs: usd(3_520_000) },
    forecast: [{ month: '2026-01', currency: 'USD', spentMicros: 9_000_000, forecastMicros: 9_400_000 }],
  };
  hub = await testHub(() => ({ status: 200, body: report }));
});
afterEach(() => hub.stop());

async function run(args: readonly string[], isTerminal = false) {
  const world = testWorld({ env: { AGENTCOM_KEY: KEY, AGENTCOM_HUB: hub.url }, isTerminal });
  const exit = await runCommandLine(world, args);
  return { exit, out: world.out(), err: world.err(), lines: world.lines };
}

it('shows what each group costs within 80 columns, what is not known, and what the month will cost', async () => {
  const { exit, out } = await run(['costs', '--by', 'repo,model', '--since', '7d'], true);
  expect(exit).toBe(EXIT.done);
  expect(decodeURIComponent(hub.received[0]?.url ?? '')).toBe(
    '/api/v1/costs?by=repo&by=model&from=2026-01-24T12:00:00.000Z',
  );
  const plain = out.replace(/\u001b\[[0-9;]*m/g, '');
  expect(Math.max(...plain.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(plain).toMatch(/^https:\S+… +claude-opus-5 +12 +1,234,567 +3\.50 USD \+ 2 unknown$/m);
  expect(plain).toMatch(/^- +unpriced +1 +9 +unknown$/m);
  expect(plain).toMatch(/^other +other +4 +0 +0\.02 USD$/m);
  expect(plain).toMatch(/^total +17 +1,234,576 +3\.52 USD \+ 3 unknown$/m);
  expect(plain).toContain('2026-01: 9.00 USD so far, about 9.40 USD by its end');
});

it('shows the sum alone when nothing is told apart', async () => {
  report = { ...report, by: [], items: [{ group: {}, ...report.total }] };
  expect((await run(['costs'])).out).toMatch(/^2026-01-25 to 2026-01-31: 3\.52 USD \+ 3 unknown, 17 attempts ended\n/);
  report = { ...report, items: [], total: none };
  expect((await run(['costs'])).out).toMatch(/^2026-01-25 to 2026-01-31: nothing was used\n/);
  report = { ...report, by: ['repo'] };
  expect((await run(['costs', '--by', 'repo'])).out).toMatch(/^nothing was used\n/);
});

it('prints CSV, and JSON', async () => {
  const { out } = await run(['costs', '--by', 'repo,model', '--csv']);
  expect(out.split('\r\n')[0]).toBe(
    'repo,model,other,attempts,unknownCost,inputTokens,outputTokens,unpricedTokens,seconds,costMicros USD',
  );
  expect(out.split('\r\n')[2]).toBe(',unpriced,,1,1,0,9,9,0,');
  expect((await run(['costs', '--by', 'repo', '--json'])).lines()).toEqual([report]);
});

it('names the dimensions when one is wrong', async () => {
  const { exit, err } = await run(['costs', '--by', 'colour']);
  expect(exit).toBe(EXIT.usage);
  expect(err).toContain(
    'colour is not one of org, repo, agent, runner, provider, model, label, member, day and label:KEY',
  );
});

it('lists what was used without a price, says what to do, and fails', async () => {
  const unpriced = { ...none, attempts: 2, unknownCost: 2, inputTokens: 900, unpricedTokens: 900 };
  report = {
    ...report,
    by: ['runner', 'model'],
    items: [
      { group: { runner: 'codex', model: 'new-model' }, ...unpriced },
      { group: { runner: 'claude', model: 'claude-opus-5' }, ...none, attempts: 1, inputTokens: 5, costs: usd(1) },
    ],
  };
  const { exit, out } = await run(['prices', 'check']);
  expect(exit).toBe(EXIT.failed);
  expect(out).toMatch(/^codex +new-model +900 +2$/m);
  expect(out).not.toContain('claude-opus-5');
  expect(out).toContain('runner.pricesFile');
  report = { ...report, items: [] };
  expect(await run(['prices', 'check'])).toMatchObject({
    exit: EXIT.done,
    out: expect.stringContaining('has a price'),
  });
});

it('lists the built-in prices with their source and date', async () => {
  const { out } = await run(['prices', 'list']);
  expect(out).toMatch(/^https:\/\/developers\.openai\.com\S+, \d{4}-\d\d-\d\d, for a million tokens$/m);
  expect(out).toMatch(/^\*claude-opus-5\* +5 USD +0\.5 USD +25 USD$/m);
});
