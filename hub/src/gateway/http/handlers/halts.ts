// The routes about halts.

import type { HaltScope } from '@agentcom/schemas';
import { seesHub } from '../../../access/policy.js';
import { haltView, reachView } from '../../../core/halt/view.js';
import { Refusal } from '../../../core/refusal.js';
import type { Handlers } from '../handler.js';
import { pageOf } from '../paging.js';

type HaltHandlers = Pick<Handlers, 'halt.list' | 'halt.reach' | 'halt.create' | 'halt.end'>;

export const haltHandlers: HaltHandlers = {
  'halt.list': async ({ caller, query, read }) => {
    const body = await read((view) =>
      pageOf(
        view.halts(),
        query,
        ({ id }) => id,
        (halt) => haltView(halt, caller.org),
      ),
    );
    return body instanceof Refusal ? body : { body };
  },

  'halt.reach': async ({ query, read }) => {
    const refused = refuseValue(query, '/value');
    if (refused !== undefined) return refused;
    const reach = await read((view) => view.haltReach(query));
    return reach instanceof Refusal ? reach : { body: reachView(reach) };
  },

  'halt.create': async ({ caller, body, note, read, execute }) => {
    const { scope, strength, reason, until } = body;
    const refused = refuseValue(scope, '/scope/value');
    if (refused !== undefined) return refused;
    const made = await execute({
      type: 'halt.create',
      org: caller.org,
      ofHub: seesHub(caller),
      by: caller.by,
      scope,
      strength,
      reason,
      ...(until !== undefined && { until: Date.parse(until) }),
    });
    if (made instanceof Refusal) return made;
    note({ target: made.halt });
    const halt = await read((view) => {
      const found = view.halts().find(({ id }) => id === made.halt);
      return found && haltView(found, caller.org);
    });
    if (halt instanceof Refusal || halt === undefined)
      return halt ?? new Refusal('halt.not_found', 'it has ended already');
    return { body: { ...halt, ...reachView(made.reach) } };
  },

  'halt.end': async ({ caller, path, execute }) => {
    const { org, by } = caller;
    const done = await execute({ type: 'halt.end', org, ofHub: seesHub(caller), by, halt: path.id });
    return done instanceof Refusal ? done : {};
  },
};

/** Whether the value is what such a scope takes; `path` is where the caller gave it. */
function refuseValue({ kind, value }: HaltScope, path: string): Refusal | undefined {
  const invalid = (message: string): Refusal =>
    new Refusal('request.invalid', `the value of the scope ${message}`, [{ path, message }]);
  if (kind === 'org') return undefined;
  if (kind === 'fleet') return value === undefined ? undefined : invalid('is not for the fleet: leave it out');
  if (value === undefined) return invalid(`is required: which ${kind}?`);
  return kind === 'label' && !/^[^=]+=/.test(value) ? invalid('must be name=value') : undefined;
}
