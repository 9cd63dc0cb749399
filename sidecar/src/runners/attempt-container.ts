// The containers of an attempt: their label, and what of the machine is in them.

import { basename, dirname } from 'node:path';
import type { SidecarSettings } from '@agentcom/schemas';
import { type AttemptId, idOf } from '../core/attempt.js';
import type { Job } from '../core/job-model.js';
import { type ContainerMark, engineEnvironment, type RunContainer } from '../host/run-container.js';
import type { Environment } from './environment.js';

export interface ContainerSettings {
  readonly runner: Pick<SidecarSettings['runner'], 'container'>;
  /** Of the sidecar. */
  readonly env: Environment;
  readonly binDir: string;
  readonly commandDirs: readonly string[];
  readonly socketOf: (attempt: AttemptId) => string;
}

export function markOf(attempt: AttemptId, { runner, socketOf, env }: ContainerSettings): ContainerMark {
  const label = `agentcom.attempt=${basename(socketOf(attempt), '.sock')}`;
  return { engine: runner.container.engine, label, env: engineEnvironment(env) };
}

/** With the worktree, what it borrows, the socket and the command `agentcom`; nothing else. Undefined when none is configured. */
export function containerFor(job: Job, settings: ContainerSettings): RunContainer | undefined {
  const { runner, binDir, commandDirs, socketOf } = settings;
  const { image, network, args } = runner.container;
  if (image === undefined) return undefined;
  const { workspace } = job;
  const own = workspace === null ? [] : [workspace.dir, ...(workspace.kind === 'git' ? [workspace.gitDir] : [])];
  const lent = [
    ...(workspace?.kind === 'git' ? [workspace.mirror] : []),
    ...[dirname(socketOf(idOf(job))), binDir, ...commandDirs],
  ];
  const mounts = [
    ...own.map((path) => ({ path, isReadOnly: false })),
    ...lent.map((path) => ({ path, isReadOnly: true })),
  ];
  const more = network === undefined ? {} : { network };
  return { ...markOf(idOf(job), settings), image, args, mounts, binDir, ...more };
}
