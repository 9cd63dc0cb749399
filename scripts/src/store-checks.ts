// What a hub needs of the machine it runs on.

import { constants } from 'node:fs';
import { access, statfs } from 'node:fs/promises';
import { codeOf, messageOf } from './exit.js';
import { doubtful, type Finding, faulty, fine } from './join/finding.js';
import { nearestExisting } from './join/machine-checks.js';
import { defaultDataDir, hubSettings } from './settings.js';
import { bytes } from './text.js';
import type { World } from './world.js';

export async function storeFindings(world: World): Promise<readonly Finding[]> {
  return [await natsServer(world), ...(await dataDir(world))];
}

async function natsServer(world: World): Promise<Finding> {
  const check = 'nats-server';
  const { locateServer } = await import('@agentcom/hub/nats/locate');
  try {
    const { executable, version } = await locateServer({ ...world.env });
    return fine(check, `${version} (${executable})`);
  } catch (error) {
    const [detail = '', advice = ''] = messageOf(error).split(/: (?=install )/);
    const remedy = `To run a hub here, ${advice}.`;
    return world.env.AGENTCOM_NATS ? doubtful(check, detail, remedy) : faulty(check, detail, remedy);
  }
}

async function dataDir(world: World): Promise<readonly Finding[]> {
  const { dataDir: dir, lowDiskBytes } = await hubSettings(world, {}, { dataDir: defaultDataDir(world) });
  const existing = await nearestExisting(dir);
  const writable = await access(existing, constants.W_OK | constants.X_OK).then(
    () => fine('data directory', existing === dir ? dir : `${dir} (will be made)`),
    (error: unknown) =>
      faulty(
        'data directory',
        `${dir} cannot be written (${codeOf(error)})`,
        'Correct its owner or permissions, or name another with --data-dir or AGENTCOM_DATA_DIR.',
      ),
  );
  const { bavail, bsize } = await statfs(existing);
  const free = bavail * bsize;
  const detail = `${bytes(free)} free`;
  if (free >= lowDiskBytes) return [writable, fine('disk', detail)];
  return [writable, faulty('disk', detail, `A hub takes no tasks below ${bytes(lowDiskBytes)}: free some space.`)];
}
