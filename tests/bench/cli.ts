// How long short commands take, against the barest Node program there is: both take turns, and the ratio is taken pair by pair.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer as httpServer } from 'node:http';
import { type AddressInfo, createServer as socketServer } from 'node:net';
import { CLI } from '../support/cli.js';
import { Sandbox } from '../support/sandbox.js';
import { median, rounded } from './figures.js';
import type { Part, Row } from './part.js';

const ROUNDS = 25;
const ROUNDS_QUICK = 3;
const GOAL_RATIO = 2.5;
const BARE = ['-e', '1'];
const INITIALIZE = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'bench', version: '1' } },
};

interface Command {
  readonly name: string;
  readonly args: readonly string[];
  /** Sent at once; the time then ends with the first output instead of with the process. */
  readonly input?: string;
}

const COMMANDS: readonly Command[] = [
  { name: 'task list', args: ['task', 'list'] },
  { name: 'report progress', args: ['report', 'progress', 'half of it'] },
  { name: 'mcp, until it answers', args: ['mcp'], input: `${JSON.stringify(INITIALIZE)}\n` },
];

export const cli: Part = {
  name: 'cli',
  about: 'start-up of short commands against `node -e 1`',
  async run({ quick, say }) {
    const sandbox = new Sandbox();
    const [http, unix] = [hub(), sidecar()];
    try {
      const socket = sandbox.path('agent.sock');
      const listening = [once(http.listen(0, '127.0.0.1'), 'listening'), once(unix.listen(socket), 'listening')];
      await Promise.all(listening);
      const { port } = http.address() as AddressInfo;
      const env = {
        ...process.env,
        AGENTCOM_HUB: `http://127.0.0.1:${port}`,
        AGENTCOM_KEY: `ac_${'k'.repeat(43)}`,
        AGENTCOM_SOCKET: socket,
      };
      const rows: Row[] = [];
      const json: Record<string, unknown> = {};
      for (const command of COMMANDS) {
        const pairs = await paired(command, env, quick ? ROUNDS_QUICK : ROUNDS);
        const ratio = rounded(median(pairs.map(({ ms, bareMs }) => ms / bareMs)), 2);
        const [ms, bareMs] = [median(pairs.map((pair) => pair.ms)), median(pairs.map((pair) => pair.bareMs))];
        say(`${command.name}: ${rounded(ms)} ms, node -e 1: ${rounded(bareMs)} ms`);
        rows.push({
          what: `agentcom ${command.name}`,
          value: `${ratio} × node -e 1 (${rounded(ms)} ms to ${rounded(bareMs)} ms)`,
          goal: `≤ ${GOAL_RATIO} ×`,
          met: ratio <= GOAL_RATIO,
        });
        json[command.name] = { ratio, rounds: pairs };
      }
      return { rows, json: { cli: json } };
    } finally {
      http.close();
      unix.close();
      await sandbox.close();
    }
  },
};

async function paired({ args, input }: Command, env: NodeJS.ProcessEnv, rounds: number) {
  const pairs: { readonly ms: number; readonly bareMs: number }[] = [];
  // The first is not counted: it brings the files into memory.
  for (let round = -1; round < rounds; round++) {
    const ms = await timed([CLI, ...args], env, input);
    const bareMs = await timed(BARE, env);
    if (round >= 0) pairs.push({ ms, bareMs });
  }
  return pairs;
}

async function timed(args: readonly string[], env: NodeJS.ProcessEnv, input?: string): Promise<number> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, args, { env, stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  if (input !== undefined) {
    child.stdin.write(input);
    await Promise.race([once(child.stdout, 'data'), exited]);
  } else {
    child.stdout.resume();
    await exited;
  }
  const ms = performance.now() - startedAt;
  child.stdin.end();
  const [code] = await exited;
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}`);
  return rounded(ms, 1);
}

/** Has one page without tasks, and says that it is a hub. */
function hub() {
  const page = JSON.stringify({ items: [], nextCursor: null });
  return httpServer((_, response) =>
    response.setHeader('content-type', 'application/json').setHeader('agentcom-seq', '1').end(page),
  );
}

/** Takes every report. */
function sidecar() {
  return socketServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (line) => {
      const { id } = JSON.parse(line.toString('utf8')) as { id: string };
      socket.end(`${JSON.stringify({ re: id, result: {} })}\n`);
    });
  });
}
