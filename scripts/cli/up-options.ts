// What `agentcom up` can be told, and the settings that follow from it.

import { resolve } from 'node:path';
import type { HubSettings } from '@agentcom/schemas';
import type { ServiceKind } from './service/service.js';
import { defaultDataDir, hubSettings } from './settings.js';
import type { World } from './world.js';

export interface UpFlags {
  readonly port?: string;
  readonly host?: string;
  readonly dataDir?: string;
  readonly nats?: string;
  readonly namespace?: string;
  readonly logLevel?: string;
  readonly config?: string;
  readonly demo?: boolean;
  readonly acceptJournalEnd?: string;
  readonly service?: true | ServiceKind;
  readonly remove?: boolean;
}

export function upSettings(world: World, flags: UpFlags): Promise<HubSettings> {
  const { port, host, dataDir, nats, namespace, logLevel, config } = flags;
  const usual = { dataDir: defaultDataDir(world), logLevel: world.stderr.isTerminal ? 'warn' : 'info' };
  return hubSettings(world, { port, host, dataDir, nats, namespace, logLevel }, usual, config);
}

/** The same flags for a hub that is started from anywhere. */
export function upArguments({ cwd }: World, dataDir: string, flags: UpFlags): readonly string[] {
  const { host, port, nats, namespace, config, logLevel } = flags;
  const given = {
    '--host': host,
    '--port': port,
    '--nats': nats,
    '--namespace': namespace,
    '--config': config === undefined ? undefined : resolve(cwd, config),
    '--log-level': logLevel,
  };
  const others = Object.entries(given).flatMap(([flag, value]) => (value === undefined ? [] : [flag, value]));
  return ['up', '--data-dir', dataDir, ...others];
}
