// What a hub needs of the machine it runs on.

import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import type { HubSettings } from '@agentcom/schemas';
import { freeBytes } from '@agentcom/schemas/host';
import { codeOf, messageOf } from './exit.js';
import { type Check, fail, pass, warn } from './join/check.js';
import { nearestExisting } from './join/machine-checks.js';
import { checkServiceFiles } from './service/service-checks.js';
import { defaultDataDir, hubSettings } from './settings.js';
import { bytes } from './text.js';
import type { World } from './world.js';

export async function checkStore(world: World): Promise<readonly Check[]> {
  return [await natsServer(world), ...(await ofSettings(world)), ...(await hubService(world))];
}

/** Nothing where no hub is a service. */
async function hubService(world: World): Promise<readonly Check[]> {
  const { againFor, installedHub } = await import('./service/hub-definition.js');
  const found = await installedHub(world);
  if (found === undefined) return [];
  const { service, dataDir: dir } = found;
  const files = await checkServiceFiles(service, await againFor(found), world.env);
  const { phase, detail } = await service.state();
  const isRunning = phase === 'running' || phase === 'starting';
  const name = 'hub service';
  const { status, start } = service.commands;
  const state = isRunning
    ? pass(name, `${phase}, with its data in ${dir}`)
    : phase === 'stopped'
      ? warn(name, `not running (${detail})`, `Start it: ${start}; see: ${status}`)
      : fail(name, `not running (${detail})`, `Its log says why: ${service.recentLog}`);
  return [{ ...files, name }, state];
}

async function natsServer(world: World): Promise<Check> {
  const name = 'nats-server';
  const { locateServer } = await import('@agentcom/hub/nats/locate');
  try {
    const { executable, version } = await locateServer({ ...world.env });
    return pass(name, `${version} (${executable})`);
  } catch (error) {
    const [detail = '', advice = ''] = messageOf(error).split(/: (?=install )/);
    const remedy = `To run a hub here, ${advice}.`;
    return world.env.AGENTCOM_NATS ? warn(name, detail, remedy) : fail(name, detail, remedy);
  }
}

async function ofSettings(world: World): Promise<readonly Check[]> {
  const settings = await hubSettings(world, {}, { dataDir: defaultDataDir(world) });
  return [...(await dataDir(settings)), ...replicas(settings), await mail(settings)];
}

/** Nothing where it is not said on how many servers the streams are kept. */
function replicas({ nats, natsReplicas }: HubSettings): readonly Check[] {
  const name = 'replicas';
  if (natsReplicas === undefined) return [];
  if (nats !== undefined || natsReplicas === 1) return [pass(name, `streams are kept on ${natsReplicas} NATS servers`)];
  return [
    fail(
      name,
      `natsReplicas is ${natsReplicas}, but the hub's own nats-server is one`,
      'Name a cluster with AGENTCOM_NATS, or unset AGENTCOM_NATS_REPLICAS.',
    ),
  ];
}

/** What a hub that is started here would send mail by. */
async function mail(settings: HubSettings): Promise<Check> {
  const { mailServerOf } = await import('@agentcom/hub/notify/mail-server');
  try {
    const server = mailServerOf(settings);
    return pass('mail', server === undefined ? 'off' : `on, by ${server.host}:${server.port}`);
  } catch (error) {
    return fail('mail', messageOf(error), 'Fix the settings, or unset all of AGENTCOM_MAIL_*.');
  }
}

async function dataDir({ dataDir: dir, lowDiskBytes }: HubSettings): Promise<readonly Check[]> {
  const existing = await nearestExisting(dir);
  const writable = await access(existing, constants.W_OK | constants.X_OK).then(
    () => pass('data directory', existing === dir ? dir : `${dir} (will be created)`),
    (error: unknown) =>
      fail(
        'data directory',
        `${dir} is not writable (${codeOf(error)})`,
        'Fix its owner or permissions, or choose another directory: `up --data-dir`, or AGENTCOM_DATA_DIR.',
      ),
  );
  const free = await freeBytes(existing);
  const detail = `${bytes(free)} free`;
  if (free >= lowDiskBytes) return [writable, pass('disk', detail)];
  return [writable, fail('disk', detail, `Free up some space: below ${bytes(lowDiskBytes)} a hub accepts no tasks.`)];
}
