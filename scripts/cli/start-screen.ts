// What `agentcom up` shows once the hub serves: where everything is, how safe it is, and what was found.

import type { RunningHub } from '@agentcom/hub/main';
import type { StartReport, Transport } from '@agentcom/hub/start-report';
import { LIMITS } from '@agentcom/schemas/limits';
import { fields } from './layout.js';
import type { Output } from './output.js';
import { bytes, counted, duration } from './text.js';

type Shown = Pick<RunningHub, 'url' | 'publicUrl' | 'keyFile' | 'report'>;

export function startScreen(out: Output, { url, publicUrl, keyFile, report }: Shown): string {
  const { version, tookMs, data, recovered } = report;
  return [
    `${out.colours.bold('AgentCom')} ${version} is ready, after ${duration(tookMs)}.`,
    fields(out, [
      ['hub', out.colours.cyan(url)],
      ['public', publicUrl],
      ['tls', transportText(report.transport)],
      ['mail', report.mail === undefined ? 'off' : `on, by ${report.mail}`],
      ['key', keyFile],
      ['data', `${data.dir} (${recovered === undefined ? 'new' : 'existing'})`],
      ['disk', Number.isFinite(data.freeBytes) ? `${bytes(data.freeBytes)} free` : undefined],
      ['nats', natsText(report)],
      ['found', recovered === undefined ? undefined : foundText(recovered)],
      ['limits', limitsText()],
      ['role', report.phase === 'leading' ? undefined : report.phase],
    ]),
    out.colours.dim('Press Ctrl-C to stop.'),
  ].join('\n');
}

/** The same for programs. */
export function startValue({ url, publicUrl, keyFile, report }: Shown): Readonly<Record<string, unknown>> {
  const { version, nats, transport, recovered, data } = report;
  return {
    event: 'ready',
    url,
    dashboard: url,
    ...(keyFile !== undefined && { keyFile }),
    nats: nats.url,
    version,
    ...(publicUrl !== undefined && { publicUrl }),
    dataDir: data.dir,
    fsync: nats.fsync,
    replicas: nats.replicas,
    transport: transport.kind,
    ...(transport.kind === 'tls' && { certificateExpiresAt: new Date(transport.expiresAt).toISOString() }),
    mail: report.mail !== undefined,
    ...(recovered !== undefined && { recovered }),
  };
}

function transportText(transport: Transport): string {
  switch (transport.kind) {
    case 'tls':
      return `on, certificate valid until ${new Date(transport.expiresAt).toISOString().slice(0, 10)}`;
    case 'proxy':
      return `by the proxy: ${transport.proxies.join(', ')}`;
    case 'insecure':
      return 'off: others on the network can read keys and tasks (--insecure)';
    case 'local':
      return 'off: only this machine reaches the hub';
  }
}

const FSYNC: Readonly<Record<StartReport['nats']['fsync'], string>> = {
  always: 'every write synced to disk',
  periodic: 'synced to disk only periodically',
  unknown: 'unknown whether writes are synced to disk',
};

function natsText({ nats: { url, version, isOwn, fsync, replicas } }: StartReport): string {
  const server = [isOwn ? 'its own server' : undefined, version].filter((part) => part !== undefined).join(', ');
  return `${url}${server === '' ? '' : ` (${server})`}\n${FSYNC[fsync]}${replicas > 1 ? `, kept on ${replicas} servers` : ''}`;
}

function foundText({ openTasks, finishedTasks, agents, seq }: NonNullable<StartReport['recovered']>): string {
  return `${counted(openTasks, 'open task')}, ${finishedTasks} finished, ${counted(agents, 'agent')}; journal at ${seq}`;
}

function limitsText(): string {
  const { connections, connectionsWithoutKey, httpBodyBytes } = LIMITS;
  return `${connections} connections, ${connectionsWithoutKey} without a key; ${bytes(httpBodyBytes)} a request`;
}
