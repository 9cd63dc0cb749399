// What hub, sidecar and command need of the machine they run on. Uses Node, so no `core` may import it.

export { readBounded } from './bounded-file.js';
export { makeDirectories, makePrivateDirectory, removeEmptyDirectory, syncDirectory } from './directories.js';
export { createDurably, renameDurably, writeDurably } from './durable-file.js';
export { codeOf } from './error-code.js';
export { CannotLock, openLocked } from './file-lock.js';
export { freeBytes } from './free-bytes.js';
export { DirectoryInUse, holderOf, type Lock, lockDirectory, tryLock, waitForLock } from './lock.js';
export { describeHolder } from './lock-holder.js';
export { machineId } from './machine-id.js';
export {
  commandLine,
  identify,
  isProcessIdentity,
  isRunning,
  type ProcessIdentity,
  readProcStat,
  signal,
} from './process-identity.js';
export { COLLECT_ORPHANS, uncollectedOrphans } from './process-one.js';
export { sleepAwareScheduler, systemScheduler } from './system-scheduler.js';
export { Systemd } from './systemd.js';
