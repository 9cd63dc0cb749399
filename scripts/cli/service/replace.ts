// A service in the place of the one that is here. When it does not start, what was here is put back.

import { readFile, rm } from 'node:fs/promises';
import { writeDurably } from '@agentcom/schemas/host';
import { CommandError } from '../exit.js';
import type { ServiceState } from './service.js';

/** How things stand after something else did not start. */
export type Restored = 'removed' | 'running' | 'stopped' | 'not_started';

const END: Readonly<Record<Restored, string>> = {
  removed: 'the service was removed again',
  running: 'the service runs as before',
  stopped: 'the service is as it was before: installed and stopped',
  not_started: 'the service is as it was before, but does not start either',
};

export class ServiceNotStarted extends CommandError {
  constructor(
    error: CommandError,
    readonly restored: Restored,
  ) {
    const { remedy, cause } = error;
    super(error.exit, error.code, `${error.message}; ${END[restored]}`, {
      cause,
      ...(remedy !== undefined && { remedy }),
    });
  }
}

interface Replaceable {
  installed(): Promise<string | undefined>;
  state(): Promise<ServiceState>;
  remove(): Promise<void>;
  /** Writes the definition and makes it known, but starts nothing. */
  define(text: string): Promise<void>;
  /** Starts what it runs, or starts it anew. */
  start(): Promise<void>;
}

export interface Replacement {
  /** What `write` may change. */
  readonly files: readonly string[];
  /** What has to be there before the service manager is told. */
  readonly write: () => Promise<void>;
  readonly install: () => Promise<void>;
  readonly untilReady: (() => Promise<void>) | undefined;
}

/** Throws `ServiceNotStarted` in the place of `service.not_started`. Whatever else `untilReady` throws, the new service stays. */
export async function replace(service: Replaceable, { files, write, install, untilReady }: Replacement): Promise<void> {
  const former = await formerOf(service, files);
  await write().catch(async (error: unknown) => {
    await putBack(former).catch(() => undefined);
    throw error;
  });
  let isInstalled = false;
  try {
    await install();
    isInstalled = true;
    await untilReady?.();
  } catch (error) {
    const isNotStarted = error instanceof CommandError && error.code === 'service.not_started';
    if (isInstalled && !isNotStarted) throw error;
    const restored = await restore(service, former).catch(() => {
      throw error;
    });
    throw isNotStarted ? new ServiceNotStarted(error, restored) : error;
  }
}

interface Former {
  /** Its definition; undefined when there is none. */
  readonly text: string | undefined;
  readonly isRunning: boolean;
  readonly files: readonly (readonly [path: string, text: string])[];
}

async function formerOf(service: Replaceable, paths: readonly string[]): Promise<Former> {
  const text = await service.installed();
  const phase = text === undefined ? 'stopped' : (await service.state()).phase;
  const files = await Promise.all(paths.map(async (path) => [path, await readText(path)] as const));
  return { text, isRunning: phase !== 'stopped', files };
}

async function putBack({ files }: Former): Promise<void> {
  for (const [path, content] of files) await writeOrRemove(path, content);
}

async function restore(service: Replaceable, former: Former): Promise<Restored> {
  const { text, isRunning } = former;
  // One that ran is written over: where nothing can be written, it must not be gone.
  if (text === undefined || !isRunning) await service.remove();
  await putBack(former);
  if (text === undefined) return 'removed';
  try {
    await service.define(text);
    if (!isRunning) return 'stopped';
    await service.start();
    return 'running';
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return 'not_started';
  }
}

/** '' when nothing is there. */
export function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}

export async function writeOrRemove(path: string, text: string): Promise<void> {
  if (text === '') await rm(path, { force: true });
  else await writeDurably(path, text, path.endsWith('.sh') ? 0o755 : 0o600);
}
