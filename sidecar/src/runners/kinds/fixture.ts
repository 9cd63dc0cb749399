// For the tests of the kinds: a turn as the supervisor asks for one, and what is heard in lines that the real tools have printed
// (`tests/fixtures/agents`, by tool and by what happened).

import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { RunnerKind } from '@agentcom/schemas';
import type { Heard, TurnRequest } from '../kind.js';
import { KINDS } from './index.js';

const RECORDED = fileURLToPath(new URL('../../../../tests/fixtures/agents', import.meta.url));

export function turn(more: Partial<TurnRequest> = {}): TurnRequest {
  return {
    task: { id: '0190b36e-0000-7000-8000-000000000001', title: 'A task' },
    prompt: 'Do it.\nAll of it.',
    cwd: '/srv/work',
    writableDirs: ['/srv/git'],
    dir: '/srv/turn',
    model: null,
    resume: null,
    newSessionId: '7b4e2c52-95e1-4a4e-9a3c-0d5f0f1c2d3e',
    permissionMode: null,
    approvals: 'off',
    answers: [],
    argv: ['/opt/the tool'],
    extraArgs: [],
    gateway: null,
    mcp: { argv: ['/srv/bin/agentcom', 'mcp'], env: { AGENTCOM_SOCKET: '/srv/s' } },
    ...more,
  };
}

export function resumed(
  kind: RunnerKind,
  inputTokens: number,
  outputTokens: number,
  costMicros: number,
  id = 'before',
) {
  return { resume: { session: { runner: kind, id }, counters: { inputTokens, outputTokens, costMicros } } };
}

export function launchOf(kind: RunnerKind, more: Partial<TurnRequest> = {}) {
  return definition(kind).launch(turn(more));
}

/** Everything heard in a recording: what came on standard output first. `tool` names the recording when that is not the kind. */
export function heardIn(kind: RunnerKind, name: string, more: Partial<TurnRequest> = {}, tool: string = kind): Heard[] {
  const dialect = definition(kind).dialect(turn(more));
  const out = linesOf(`${RECORDED}/${tool}/${name}.jsonl`).flatMap((line) => dialect.stdout(line));
  return [...out, ...linesOf(`${RECORDED}/${tool}/${name}.stderr.txt`).flatMap((line) => dialect.stderr(line))];
}

export function ofType<T extends Heard['type']>(heard: readonly Heard[], type: T): Extract<Heard, { type: T }>[] {
  return heard.filter((one): one is Extract<Heard, { type: T }> => one.type === type);
}

export function saidIn(heard: readonly Heard[]): string[] {
  return ofType(heard, 'say').map(({ text }) => text);
}

function definition(kind: RunnerKind) {
  const found = KINDS.get(kind);
  if (found === undefined) throw new Error(`there is no kind ${kind}`);
  return found;
}

function linesOf(path: string): string[] {
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8').split('\n').slice(0, -1);
}
