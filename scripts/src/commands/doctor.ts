// `agentcom doctor`: checks what a hub, a sidecar and this command need, each with what to do about it.

import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import type { Command } from 'commander';
import { type Cli, type Session, withExamples } from '../cli.js';
import { CommandError, codeOf, EXIT, messageOf } from '../exit.js';
import { withProgress } from '../progress.js';
import { defaultDataDir, hubSettings } from '../settings.js';
import { bytes, duration, oneLine } from '../text.js';

interface Finding {
  readonly check: string;
  readonly state: 'ok' | 'warn' | 'fail';
  readonly detail: string;
  readonly remedy?: string;
}

const ASK_TIMEOUT_MS = 10_000;
const HUB_TIMEOUT_MS = 5_000;
const NODE_MINIMUM = [20, 19] as const;
/** The first with everything that the sidecar asks of it. */
const GIT_MINIMUM = [2, 31] as const;
const SKEW_WARN_MS = 5_000;
const PAGE = 200;

export function addDoctorCommand(program: Command, cli: Cli): void {
  const command = program.command('doctor').description('check what is set up here, and say what to do about the rest');
  withExamples(command, 'agentcom doctor', 'agentcom doctor --hub https://hub.example.org --key-file ./key').action(
    cli.act(async (session: Session) => {
      const findings = await withProgress(session, 'checking', () => examine(session));
      const ok = findings.every(({ state }) => state !== 'fail');
      session.out.answer({ ok, checks: findings }, () => findingsText(session, findings));
      return ok ? EXIT.done : EXIT.failed;
    }),
  );
}

async function examine(session: Session): Promise<readonly Finding[]> {
  const local = [node(), await git(), await natsServer(session), ...(await dataDir(session))];
  return [...local, ...(await hub(session))];
}

function node(): Finding {
  const check = 'Node';
  const detail = process.versions.node;
  if (isAtLeast(detail, NODE_MINIMUM)) return { check, state: 'ok', detail };
  return {
    check,
    state: 'fail',
    detail: `${detail} is too old`,
    remedy: `Install Node ${NODE_MINIMUM.join('.')} or newer.`,
  };
}

async function git(): Promise<Finding> {
  const check = 'git';
  const remedy = `Install git ${GIT_MINIMUM.join('.')} or newer; agents need it.`;
  try {
    const { stdout } = await promisify(execFile)('git', ['--version'], { timeout: ASK_TIMEOUT_MS });
    const detail = stdout.replace(/^git version /, '').trim();
    if (isAtLeast(detail, GIT_MINIMUM)) return { check, state: 'ok', detail };
    return { check, state: 'fail', detail: `${detail} is too old`, remedy };
  } catch (error) {
    return { check, state: 'fail', detail: `does not run (${codeOf(error)})`, remedy };
  }
}

async function natsServer({ world }: Session): Promise<Finding> {
  const check = 'nats-server';
  const { locateServer } = await import('@agentcom/hub/nats/locate');
  try {
    const { executable, version } = await locateServer({ ...world.env });
    return { check, state: 'ok', detail: `${version} (${executable})` };
  } catch (error) {
    const state = world.env.AGENTCOM_NATS ? 'warn' : 'fail';
    const [detail = '', remedy = ''] = messageOf(error).split(/: (?=install )/);
    return { check, state, detail, remedy: `To run a hub here, ${remedy}.` };
  }
}

async function dataDir({ world }: Session): Promise<readonly Finding[]> {
  const { dataDir: dir, lowDiskBytes } = await hubSettings(world, {}, { dataDir: defaultDataDir(world) });
  const existing = await nearestExisting(dir);
  const writable: Finding = await access(existing, constants.W_OK | constants.X_OK).then(
    () => ({ check: 'data directory', state: 'ok', detail: existing === dir ? dir : `${dir} (will be made)` }) as const,
    (error: unknown) =>
      ({
        check: 'data directory',
        state: 'fail',
        detail: `${dir} cannot be written (${codeOf(error)})`,
        remedy: 'Correct its owner or permissions, or name another with --data-dir or AGENTCOM_DATA_DIR.',
      }) as const,
  );
  const { bavail, bsize } = await statfs(existing);
  const free = bavail * bsize;
  const detail = `${bytes(free)} free`;
  const disk: Finding =
    free >= lowDiskBytes
      ? { check: 'disk', state: 'ok', detail }
      : {
          check: 'disk',
          state: 'fail',
          detail,
          remedy: `A hub takes no tasks below ${bytes(lowDiskBytes)}: free some space.`,
        };
  return [writable, disk];
}

async function nearestExisting(dir: string): Promise<string> {
  for (let at = dir; ; at = dirname(at)) {
    const isThere = await access(at).then(
      () => true,
      () => false,
    );
    if (isThere || at === dirname(at)) return at;
  }
}

async function hub(session: Session): Promise<readonly Finding[]> {
  const settings = await session.settings();
  const check = 'hub';
  try {
    const anybody = session.clientFor(settings.hub);
    const askedAt = session.world.now();
    const { status, body, date } = await anybody.probe('ready', HUB_TIMEOUT_MS);
    const answeredAt = session.world.now();
    const ready: Finding =
      status === 200
        ? { check, state: 'ok', detail: `${settings.hub} is ready` }
        : {
            check,
            state: 'fail',
            detail: `${settings.hub} answers, but is not ready${reasonsOf(body)}`,
            remedy: 'Wait until it is; if it stays so, look at its log.',
          };
    const clock = date === null ? [] : [clockFinding(Date.parse(date), askedAt, answeredAt)];
    return [ready, ...clock, ...(await withKey(session))];
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return [failure(check, error)];
  }
}

/** The header has whole seconds, and was written between the question and the answer. */
function clockFinding(hubMs: number, askedAt: number, answeredAt: number): Finding {
  const check = 'clock';
  const skewMs = hubMs + 1000 < askedAt ? askedAt - hubMs - 1000 : Math.max(0, hubMs - answeredAt);
  if (skewMs < SKEW_WARN_MS) return { check, state: 'ok', detail: "agrees with the hub's" };
  return {
    check,
    state: 'warn',
    detail: `differs from the hub's by ${duration(skewMs)}`,
    remedy: 'Let both machines set their clocks by NTP.',
  };
}

async function withKey(session: Session): Promise<readonly Finding[]> {
  try {
    const client = await session.client();
    const { items } = await client.call('agent.list', { query: { limit: PAGE }, timeoutMs: HUB_TIMEOUT_MS });
    const connected = items.filter((agent) => agent.connected).length;
    const key: Finding = { check: 'key', state: 'ok', detail: 'is accepted' };
    const check = 'agents';
    if (connected > 0) return [key, { check, state: 'ok', detail: `${connected} of ${items.length} connected` }];
    const detail = items.length === 0 ? 'none have joined' : `none of ${items.length} is connected`;
    const remedy =
      items.length === 0
        ? 'Invite one with `agentcom agent invite`.'
        : 'Start their sidecars with `agentcom sidecar --config FILE`.';
    return [key, { check, state: 'warn', detail, remedy }];
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return [failure('key', error)];
  }
}

function failure(check: string, error: CommandError): Finding {
  return {
    check,
    state: 'fail',
    detail: error.message,
    ...(error.remedy !== undefined && { remedy: error.remedy }),
  };
}

function reasonsOf(body: unknown): string {
  if (typeof body !== 'object' || body === null || !('reasons' in body) || !Array.isArray(body.reasons)) return '';
  const reasons = body.reasons.map((reason: unknown) =>
    typeof reason === 'object' && reason !== null && 'message' in reason ? String(reason.message) : String(reason),
  );
  return reasons.length === 0 ? '' : `: ${reasons.join(', ')}`;
}

function isAtLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const [, ownMajor = '0', ownMinor = '0'] = /^(\d+)\.(\d+)/.exec(version) ?? [];
  return Number(ownMajor) > major || (Number(ownMajor) === major && Number(ownMinor) >= minor);
}

function findingsText({ out }: Session, findings: readonly Finding[]): string {
  const { colours } = out;
  const colour = { ok: colours.green, warn: colours.yellow, fail: colours.red } as const;
  const column = Math.max(...findings.map(({ check }) => check.length)) + 2;
  return findings
    .flatMap(({ check, state, detail, remedy }) => {
      const line = `${colour[state](state.padEnd(6))}${check.padEnd(column)}${oneLine(detail)}`;
      return remedy === undefined ? [line] : [line, `${' '.repeat(6 + column)}${colours.dim(oneLine(remedy))}`];
    })
    .join('\n');
}
