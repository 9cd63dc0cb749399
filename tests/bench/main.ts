// The benchmark: npm run bench -- [--only part,…] [--before DIR] [--minutes N] [--quick] [--json]. The table goes to stdout, progress to stderr; with --json the last
// line of stdout is everything in one JSON object. --before names a built checkout that is measured in turn with this one, where a part can;
// --minutes is how long the heap of a tab is watched.

import { parseArgs } from 'node:util';
import { REPOSITORY } from '../support/cli.js';
import { alerts } from './alerts.js';
import { cli } from './cli.js';
import { dashboard } from './dashboard.js';
import { halt } from './halt.js';
import { isolation } from './isolation.js';
import { latency } from './latency.js';
import { lifecycle } from './lifecycle.js';
import { type Machine, machineFacts } from './machine.js';
import { matching } from './matching.js';
import { largeMemory, memory } from './memory.js';
import type { Part, Row } from './part.js';
import { pauses } from './pauses.js';
import { sidecar } from './sidecar.js';
import { sockets } from './sockets.js';
import { spend } from './spend.js';

const PARTS: readonly Part[] = [
  cli,
  lifecycle,
  latency,
  memory,
  largeMemory,
  sockets,
  matching,
  alerts,
  sidecar,
  isolation,
  pauses,
  dashboard,
  halt,
  spend,
];
const USAGE = `usage: npm run bench -- [--only ${PARTS.map((part) => part.name).join(',')}] [--before DIR] [--minutes N] [--quick] [--json]`;

const EXIT_FAILED = 1;
const EXIT_USAGE = 64;

process.exitCode = await main();

async function main(): Promise<number> {
  const asked = readArguments();
  if (typeof asked === 'string') {
    process.stderr.write(`${asked}\n${USAGE}\n`);
    return EXIT_USAGE;
  }
  const machine = await machineFacts(REPOSITORY);
  const rows: Row[] = [];
  const json: Record<string, unknown> = { quick: asked.quick };
  const failures: string[] = [];
  for (const part of asked.parts) {
    say(`${part.name}: ${part.about}`);
    try {
      const outcome = await part.run({
        quick: asked.quick,
        say: (text) => say(`${part.name}: ${text}`),
        ...(asked.before !== undefined && { before: asked.before }),
        ...(asked.minutes !== undefined && { minutes: asked.minutes }),
      });
      rows.push(...outcome.rows);
      merge(json, outcome.json);
    } catch (error) {
      failures.push(part.name);
      say(`${part.name} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
      rows.push({ what: part.about, value: 'failed' });
    }
  }
  process.stdout.write(`${table(rows, machine)}\n`);
  if (asked.json) process.stdout.write(`${JSON.stringify({ ...json, failed: failures, machine })}\n`);
  return failures.length === 0 ? 0 : EXIT_FAILED;
}

interface Asked {
  readonly parts: readonly Part[];
  readonly quick: boolean;
  readonly json: boolean;
  readonly before: string | undefined;
  readonly minutes: number | undefined;
}

function readArguments(): Asked | string {
  const options = {
    only: { type: 'string' },
    before: { type: 'string' },
    minutes: { type: 'string' },
    quick: { type: 'boolean' },
    json: { type: 'boolean' },
  } as const;
  try {
    const { values } = parseArgs({ options });
    const usual = PARTS.filter((part) => part.isByNameOnly !== true);
    const names = values.only?.split(',') ?? usual.map((part) => part.name);
    const unknown = names.filter((name) => !PARTS.some((part) => part.name === name));
    if (unknown.length > 0) return `there is no part ${unknown.join(', ')}`;
    const parts = PARTS.filter((part) => names.includes(part.name));
    const minutes = values.minutes === undefined ? undefined : Number(values.minutes);
    if (minutes !== undefined && !(minutes > 0)) return `--minutes must be a number above 0, not ${values.minutes}`;
    return { parts, quick: values.quick === true, json: values.json === true, before: values.before, minutes };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Parts may fill the same field, such as `memory`. */
function merge(into: Record<string, unknown>, from: Readonly<Record<string, unknown>>): void {
  for (const [field, value] of Object.entries(from)) {
    const before = into[field];
    into[field] = typeof before === 'object' && before !== null ? { ...before, ...(value as object) } : value;
  }
}

function table(rows: readonly Row[], machine: Machine): string {
  const heads: Row = { what: 'what', value: 'measured', goal: 'goal' };
  const cells = [heads, ...rows].map(({ what, value, goal = '', met }) => [
    what,
    value,
    goal,
    met === undefined ? '' : met ? 'reached' : 'missed',
  ]);
  const widths = [0, 1, 2, 3].map((column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const lines = cells.map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`);
  lines.splice(1, 0, `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`);
  const { cpu, cores, memory: ram, system, node, nats } = machine;
  return [...lines, '', `${cpu}, ${cores} cores, ${ram}; ${system}; Node ${node}; nats-server ${nats}`].join('\n');
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
