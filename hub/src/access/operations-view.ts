// Work in the background as one caller may see it: whoever may begin such. What lies out of its reach is not there.

import type { Operation } from '@agentcom/schemas';
import { Refusal } from '../core/refusal.js';
import type { Caller } from './authenticate.js';
import { reachOf } from './policy.js';

interface KnownOperations {
  /** Newest first. */
  list(): readonly Operation[];
  get(id: string): Operation | undefined;
  stop(id: string): Promise<Operation | Refusal>;
}

export class OperationsView {
  constructor(
    private readonly known: KnownOperations,
    private readonly caller: Caller,
  ) {}

  /** Newest first. */
  list(): readonly Operation[] {
    return this.known.list().filter((operation) => this.#sees(operation));
  }

  get(id: string): Operation | Refusal {
    const operation = this.known.get(id);
    if (operation !== undefined && this.#sees(operation)) return operation;
    return new Refusal('operation.not_found', `operation ${id} not found`);
  }

  /** What has ended stays as it is. Resolves when it has stopped. */
  async stop(id: string): Promise<Operation | Refusal> {
    const operation = this.get(id);
    return operation instanceof Refusal ? operation : this.known.stop(id);
  }

  /** Of tasks in the caller's organisation those that it began, where it may change no others. */
  #sees({ kind, org, by }: Operation): boolean {
    if (kind !== 'tasks') return reachOf(this.caller, 'backups.manage') !== undefined;
    const reach = reachOf(this.caller, 'tasks.change');
    if (org !== this.caller.org || reach === undefined) return false;
    return by === this.caller.by || (reach === 'org' && this.caller.repositories === undefined);
  }
}
