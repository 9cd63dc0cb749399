// What `agentcom up` can be told, and the settings that follow from it.

import { resolve } from 'node:path';
import type { HubSettings } from '@agentcom/schemas';
import { CommandError, EXIT, usageError } from './exit.js';
import type { ServiceKind } from './service/service.js';
import { defaultDataDir, hubSettings, isLoopback } from './settings.js';
import type { World } from './world.js';

export interface UpFlags {
  readonly port?: string;
  readonly host?: string;
  readonly dataDir?: string;
  readonly nats?: string;
  readonly namespace?: string;
  readonly logLevel?: string;
  readonly config?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly insecure?: boolean;
  readonly demo?: boolean;
  readonly acceptJournalEnd?: string;
  readonly service?: true | ServiceKind;
  readonly remove?: boolean;
}

/** With `isForPeople`, the log is read on a terminal. */
export async function upSettings(world: World, flags: UpFlags, isForPeople = false): Promise<HubSettings> {
  const { port, host, dataDir, nats, namespace, logLevel, config, tlsCert, tlsKey, insecure } = flags;
  const usual = { dataDir: defaultDataDir(world), logLevel: isForPeople ? 'warn' : 'info' };
  const given = { port, host, dataDir, nats, namespace, logLevel, tlsCert, tlsKey, insecure };
  const settings = await hubSettings(world, given, usual, config);
  requireSecure(settings);
  return settings;
}

/** What others on the network could read, keys first of all, is served only to whoever insists. */
function requireSecure({ host, tlsCert, tlsKey, trustProxy, insecure }: HubSettings): void {
  if ((tlsCert === undefined) !== (tlsKey === undefined))
    throw usageError('tlsCert and tlsKey go together', 'Give both --tls-cert and --tls-key, or neither.');
  if (tlsCert !== undefined || trustProxy.length > 0 || insecure || isLoopbackHost(host)) return;
  throw new CommandError(
    EXIT.usage,
    'settings.insecure',
    `the hub would listen on ${host} without TLS: everyone on the way could read keys and tasks`,
    {
      remedy:
        'Give --tls-cert and --tls-key, or list the proxy that ends TLS in AGENTCOM_TRUST_PROXY. On a network that only you use, add --insecure.',
    },
  );
}

function isLoopbackHost(host: string): boolean {
  const url = `http://${host.includes(':') ? `[${host}]` : host}`;
  return URL.canParse(url) && isLoopback(url);
}

/** The same flags for a hub that is started from anywhere. */
export function upArguments({ cwd }: World, dataDir: string, flags: UpFlags): readonly string[] {
  const { host, port, nats, namespace, config, logLevel, tlsCert, tlsKey, insecure } = flags;
  const pathOf = (file: string | undefined) => (file === undefined ? undefined : resolve(cwd, file));
  const given = {
    '--host': host,
    '--port': port,
    '--nats': nats,
    '--namespace': namespace,
    '--config': pathOf(config),
    '--tls-cert': pathOf(tlsCert),
    '--tls-key': pathOf(tlsKey),
    '--log-level': logLevel,
  };
  const others = Object.entries(given).flatMap(([flag, value]) => (value === undefined ? [] : [flag, value]));
  return ['up', '--data-dir', dataDir, ...others, ...(insecure === true ? ['--insecure'] : [])];
}
