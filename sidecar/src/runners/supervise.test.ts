// What the supervisor makes of a tool's events: real processes that play Codex and Claude Code.

import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ATTEMPT, WORKSPACE } from '../core/fixture.js';
import type { Job, RunProgress } from '../core/job-model.js';
import { RunnerBench } from './fixture.js';
import { readProgress, runPaths, turnDir } from './run-files.js';

let bench: RunnerBench;

beforeEach(async () => {
  bench = await RunnerBench.open();
});
afterEach(() => bench.close());

const STAY = 'setInterval(() => {}, 1000);';

function codexJob(more: Partial<Job> = {}): Job {
  return bench.job({ runner: { kind: 'codex', model: 'gpt-test' }, ...more });
}

async function codex(script: string, more: Parameters<RunnerBench['runner']>[1] = {}) {
  return bench.runner('', { kind: 'codex', program: await bench.tool(script), ...more });
}

const PRICES = [{ model: 'gpt-*', currency: 'EUR', input: 1, cachedInput: 0.5, output: 10 }];
const usage = (input: number, output: number) =>
  `print({ type: 'turn.completed', usage: { input_tokens: ${input}, output_tokens: ${output} } });`;

describe('an agent', () => {
  const argv =
    'print({ type: "item.completed", item: { type: "agent_message", text: JSON.stringify(process.argv.slice(2)) } });';

  it('is given what is configured for its kind, its model, and the repository to commit to', async () => {
    const runner = await codex(argv, { extraArgs: ['--own'] });
    const job = codexJob({ workspace: { ...WORKSPACE, dir: bench.work, gitDir: '/srv/roof.git' } });
    await bench.begin(runner, { job }).ended;
    const output = await bench.output();
    for (const given of ['"-m","gpt-test"', '"--own"', '/srv/roof.git']) expect(output).toContain(given);
  });

  it('of another kind than the usual gets nothing that is configured for that', async () => {
    const program = await bench.tool(argv);
    const { PATH } = process.env;
    await symlink(program, join(bench.dir, 'codex'));
    const env = { PATH: `${bench.dir}:${PATH}`, HOME: bench.dir };
    const runner = bench.runner('', { kind: 'claude', program: '/no/such/claude', extraArgs: ['--own'], env });
    expect(await bench.begin(runner, { job: codexJob() }).ended).toMatchObject({ ok: true, value: { code: 0 } });
    expect(await bench.output()).not.toContain('--own');
  });

  it('that nobody has configured cannot be run', async () => {
    const runner = bench.runner('', { argv: [] });
    expect(await bench.begin(runner).ended).toMatchObject({
      ok: false,
      failure: { class: 'permanent', code: 'runner.not_configured' },
    });
  });
});

describe('a supervised turn', () => {
  it('tells what it used, priced, its session, and what the agent said of the outcome', async () => {
    const told: RunProgress[] = [];
    const script = `
      print({ type: 'thread.started', thread_id: 't1' });
      print({ type: 'item.completed', item: { type: 'agent_message', text: 'All mended with ghp_0123456789abcdefghijABCDEFGHIJ456789' } });
      ${usage(1000, 20)}`;
    const { ended } = bench.begin(await codex(script, { prices: PRICES }), { told, job: codexJob() });
    expect(await ended).toMatchObject({
      ok: true,
      value: {
        code: 0,
        cut: null,
        final: { ok: true },
        usage: { inputTokens: 1000, outputTokens: 20, costMicros: 1200, currency: 'EUR', seconds: expect.any(Number) },
        session: { session: { runner: 'codex', id: 't1', model: 'gpt-test' }, counters: { inputTokens: 1000 } },
      },
    });
    expect(await bench.output()).toContain('[agent] All mended with [masked]\n');
  });

  it('is billed for the growth of its session only', async () => {
    const session = { runner: 'codex', id: 't1' };
    const resume = { session, counters: { inputTokens: 1000, outputTokens: 20, costMicros: 0 } };
    const script = `print({ type: 'thread.started', thread_id: 't1' }); ${usage(1500, 30)}`;
    const job = codexJob({ turn: { number: 2, prompt: 'go on', resume } });
    expect(await bench.begin(await codex(script, { prices: PRICES }), { job }).ended).toMatchObject({
      ok: true,
      value: {
        usage: { inputTokens: 500, outputTokens: 10, costMicros: 600 },
        session: { counters: { inputTokens: 1500, outputTokens: 30 } },
      },
    });
  });

  it('is ended when it has used more than is left of the budget', async () => {
    const script = `print({ type: 'thread.started', thread_id: 't1' }); ${usage(1000, 20)} ${STAY}`;
    const job = codexJob({ budget: { tokens: 1500 }, usage: { inputTokens: 500 } });
    expect(await bench.begin(await codex(script), { job }).ended).toMatchObject({
      ok: true,
      value: { cut: 'budget', usage: { inputTokens: 1000, outputTokens: 20 } },
    });
  });

  it('is ended when it stays after it has said that it is done', async () => {
    const runner = await codex(`${usage(1, 1)} ${STAY}`, { limits: { finalGraceSeconds: 1 } });
    expect(await bench.begin(runner, { job: codexJob() }).ended).toMatchObject({
      ok: true,
      value: { cut: 'lingering', final: { ok: true } },
    });
  });

  it('that has said that it is done is done, whatever its exit code', async () => {
    const runner = await codex(`${usage(1, 1)} process.exitCode = 1;`);
    expect(await bench.begin(runner, { job: codexJob() }).ended).toMatchObject({
      ok: true,
      value: { code: 1, cut: null, final: { ok: true }, hasFinalEvent: true },
    });
  });

  it('that has said that it is done is done, though it is lost with its shim', async () => {
    const { ended } = bench.begin(await codex(`${usage(1, 1)} ${STAY}`), { job: codexJob() });
    const written = async () => (await readProgress(runPaths(turnDir(bench.dir, 1))))?.final ?? null;
    await expect.poll(written, { timeout: 15_000 }).toMatchObject({ ok: true });
    process.kill((await bench.shim()).pid, 'SIGKILL');
    expect(await ended).toMatchObject({ ok: true, value: { code: null, signal: null, final: { ok: true } } });
  });

  it('is heard to its end, whatever it prints before: endless lines, floods, bytes that are no text', async () => {
    const script = `
      import { writeSync, writeFileSync } from 'node:fs';
      const write = (bytes) => { for (let at = 0; at < bytes.length; ) { try { at += writeSync(1, bytes, at); } catch (error) { if (error.code !== 'EAGAIN') throw error; } } };
      write(Buffer.from('x'.repeat(20 * 1024 * 1024) + '\\n'));
      write(Buffer.from('{"type":"item.completed","item":{"id":"i","type":"agent_message","text":"' + 'y'.repeat(20 * 1024 * 1024) + '"}}\\n'));
      for (let n = 0; n < 20; n += 1) write(Buffer.from('one line of many\\n'.repeat(60_000)));
      write(Buffer.from([0, 255, 0xc3, 10, 0xc3]));
      write(Buffer.from('\\nthe last line\\n'));
      ${usage(7, 1)}`;
    const outcome = await bench.begin(await codex(script), { job: codexJob() }).ended;
    expect(outcome).toMatchObject({ ok: true, value: { code: 0, final: { ok: true }, usage: { inputTokens: 7 } } });
    const output = await bench.output();
    expect(output).toMatch(/x \[… \d+ more characters of this line left out …\]\n/);
    expect(output).toMatch(/\[… \d+ bytes of output left out/);
    expect(output).toMatch(/one line of many\n.*\n.*\nthe last line\n/);
    expect(output.length).toBeLessThan(8 * 1024 * 1024);
  });

  it('that exits without its final event says nothing of its end', async () => {
    const script = `print({ type: 'thread.started', thread_id: 't1' });`;
    expect(await bench.begin(await codex(script), { job: codexJob() }).ended).toMatchObject({
      ok: true,
      value: { code: 0, final: null, hasFinalEvent: true },
    });
  });

  it('is not ended for silence while a tool call of it is open', async () => {
    const item = `{ id: 'i1', type: 'command_execution', command: 'make' }`;
    const script = `
      print({ type: 'item.started', item: ${item} });
      setTimeout(() => { print({ type: 'item.completed', item: ${item} }); ${usage(1, 1)} }, 2500);`;
    const runner = await codex(script, { limits: { inactivitySeconds: 1 } });
    expect(await bench.begin(runner, { job: codexJob() }).ended).toMatchObject({
      ok: true,
      value: { cut: null, code: 0, calls: 1 },
    });
  });

  it('that is killed with its shim keeps what it has used, and its session', async () => {
    const told: RunProgress[] = [];
    const script = `${usage(1000, 20)} print({ type: 'thread.started', thread_id: 't1' }); ${STAY}`;
    const { ended } = bench.begin(await codex(script), { told, job: codexJob() });
    await expect
      .poll(() => told.at(-1), { timeout: 15_000 })
      .toMatchObject({ session: { id: 't1' }, usage: { inputTokens: 1000 } });
    process.kill((await bench.shim()).pid, 'SIGKILL');
    expect(await ended).toMatchObject({
      ok: true,
      value: { code: null, signal: null, usage: { inputTokens: 1000 }, session: { session: { id: 't1' } } },
    });
  });

  it('ends when its tool wants an approval, which comes out as a question', async () => {
    const script = `
      const prompt = JSON.parse(await readLine()).message.content[0].text;
      print({ type: 'system', subtype: 'init', session_id: 's1' });
      print({ type: 'assistant', message: { content: [{ type: 'text', text: 'got: ' + prompt }] } });
      print({ type: 'control_request', request_id: 'r1', request: { subtype: 'can_use_tool', tool_name: 'Bash', input: { command: 'make' } } });
      await readLine();
      ${STAY}`;
    const runner = bench.runner('', {
      kind: 'claude',
      program: await bench.tool(script),
      limits: { finalGraceSeconds: 1 },
    });
    const job = bench.job({ runner: { kind: 'claude', model: null } });
    expect(await bench.begin(runner, { job }).ended).toMatchObject({
      ok: true,
      value: {
        cut: 'asked',
        question: { questionId: expect.any(String), question: expect.stringContaining('Bash') },
        session: { session: { runner: 'claude', id: 's1' } },
      },
    });
    expect(await bench.output()).toContain('[agent] got: the prompt\n');
  });
});

describe('a turn of Claude Code that is cut short', () => {
  const assistant =
    'print({ type: "assistant", message: { id: "m1", usage: { input_tokens: 1000, output_tokens: 1 }, content: [{ type: "text", text: "x" }] } });';
  const result =
    'print({ type: "result", subtype: "error_during_execution", is_error: true, result: "Interrupted", total_cost_usd: 0.5, usage: { input_tokens: 1000, output_tokens: 50 }, modelUsage: { m: { inputTokens: 2000, outputTokens: 90 } } });';
  const begun = `print({ type: "system", subtype: "init", session_id: "s1", model: "m", claude_code_version: "2.1.329" }); ${assistant} (await import("node:fs")).writeFileSync("started", "x");`;

  async function claude(script: string, limits = {}) {
    const program = await bench.tool(`${script}\n${STAY}`);
    const runner = bench.runner('', { kind: 'claude', program, limits });
    const job = bench.job({ runner: { kind: 'claude', model: null } });
    const { ended } = bench.begin(runner, { job });
    return { runner, job, ended };
  }

  it('is interrupted first, and counts what it then says that it has used', async () => {
    const { runner, job } = await claude(`process.on("SIGINT", () => { ${result} process.exit(1); }); ${begun}`);
    await bench.made('started');
    await runner.halt(ATTEMPT);
    expect(await runner.cutShort(job)).toMatchObject({
      usage: { inputTokens: 2000, outputTokens: 90, costMicros: 500_000, currency: 'USD' },
      session: { session: { id: 's1' } },
      final: null,
    });
  });

  it('is told to end as any other when it says nothing, and counts what it had said', async () => {
    const { runner, job } = await claude(
      `process.on("SIGINT", () => {}); process.on("SIGTERM", () => process.exit(3)); ${begun}`,
      { stopGraceSeconds: 1 },
    );
    await bench.made('started');
    await runner.halt(ATTEMPT);
    expect(await runner.cutShort(job)).toMatchObject({ code: 3, usage: { inputTokens: 1000 } });
  });

  it('is not blamed for how it takes its end', async () => {
    const { runner, job, ended } = await claude(`process.on("SIGINT", () => { ${result} process.exit(1); }); ${begun}`);
    await bench.made('started');
    await runner.endTurn(job);
    expect(await ended).toMatchObject({ ok: true, value: { cut: 'asked', final: null, usage: { inputTokens: 2000 } } });
  });

  it('of which nothing was begun has used nothing', async () => {
    const runner = bench.runner('', { kind: 'claude', program: '/no/such' });
    await runner.halt(ATTEMPT);
    expect(await runner.cutShort(bench.job())).toBeNull();
  });
});
