// What the parts of one run share.

import type { SimHub } from './hub.js';
import type { Ledger } from './ledger.js';
import type { Mutation } from './mutation.js';
import type { Connection } from './network.js';
import type { SimOutbox } from './outbox.js';
import type { Random } from './random.js';
import type { Schedule } from './schedule.js';
import type { SimSidecar } from './sidecar.js';
import type { Store } from './store.js';
import type { Trace } from './trace.js';
import type { Weather } from './weather.js';

export interface World {
  readonly random: Random;
  readonly schedule: Schedule;
  readonly trace: Trace;
  readonly ledger: Ledger;
  readonly store: Store;
  readonly outbox: SimOutbox;
  readonly hubs: readonly SimHub[];
  readonly sidecars: readonly SimSidecar[];
  /** All that may still be open at one of their ends. */
  readonly connections: Set<Connection>;
  readonly mutation: Mutation;
  weather: Weather;
  /** Promises of shipped code may wait to be carried on before the next step. */
  isUnsettled: boolean;
  newId(): string;
  /** Checks a promise where nobody would hear of an exception. */
  check(promise: () => void): void;
  /** What went wrong where nobody would hear of it: it ends the run. */
  failed(error: unknown): void;
  /** The journal's server is back: every hub reads the journal again. */
  storeRestarted(): void;
}
