// What the numbers were measured on.

import { execFile } from 'node:child_process';
import { cpus, platform, release, totalmem } from 'node:os';
import { promisify } from 'node:util';
import { locateServer } from '@agentcom/hub/nats/locate';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memory: string;
  readonly system: string;
  readonly node: string;
  readonly nats: string;
  readonly commit: string;
}

export async function machineFacts(repository: string): Promise<Machine> {
  const processors = cpus();
  const nats = await locateServer(process.env).then(
    ({ version }) => version,
    () => 'missing',
  );
  const commit = await promisify(execFile)('git', ['-C', repository, 'rev-parse', '--short', 'HEAD']).then(
    ({ stdout }) => stdout.trim(),
    () => 'none',
  );
  return {
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memory: `${Math.round(totalmem() / 1024 ** 3)} GiB`,
    system: `${platform()} ${release()}`,
    node: process.version,
    nats,
    commit,
  };
}
