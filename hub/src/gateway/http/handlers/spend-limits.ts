// The routes about spend limits.

import { type LimitBody, type LimitScope, type LimitView, limitScopeOf, limitScopeText } from '@agentcom/schemas';
import { seesHub } from '../../../access/policy.js';
import { termsOf } from '../../../core/limit/limit.js';
import { Refusal } from '../../../core/refusal.js';
import type { Handlers } from '../handler.js';
import { versionIn } from '../if-match.js';
import { pageOf } from '../paging.js';

type LimitHandlers = Pick<Handlers, 'limit.list' | 'limit.show' | 'limit.set' | 'limit.remove'>;

const NOT_FOUND = new Refusal('limit.not_found', 'this scope has no spend limit');

export const spendLimitHandlers: LimitHandlers = {
  'limit.list': async ({ query, read }) => {
    const body = await read((view) =>
      pageOf(
        view.limits(),
        query,
        ({ scope }) => limitScopeText(scope),
        (limit) => limit,
      ),
    );
    return body instanceof Refusal ? body : { body };
  },

  'limit.show': async ({ path, read }) => {
    const body = await read((view) => view.limit(limitScopeOf(path.scope)));
    return body instanceof Refusal ? body : replyOf(body);
  },

  'limit.set': async ({ caller, path, body, ifMatch, note, read, execute }) => {
    const scope = limitScopeOf(path.scope);
    const refused = refuseValue(scope) ?? refuseAmounts(body);
    if (refused !== undefined) return refused;
    const ifTerms = versionIn(ifMatch);
    if (ifTerms instanceof Refusal) return ifTerms;
    const { currency, ...amounts } = body;
    const { org, by } = caller;
    note({ target: path.scope });
    const set = await execute({
      ...{ type: 'limit.set', org, ofHub: seesHub(caller), by, scope, amounts },
      ...(currency !== undefined && { currency }),
      ...(ifTerms !== undefined && { ifTerms }),
    });
    if (set instanceof Refusal) return set;
    const limit = await read((view) => view.limit(scope));
    return limit instanceof Refusal ? limit : replyOf(limit);
  },

  'limit.remove': async ({ caller, path, note, execute }) => {
    const { org, by } = caller;
    note({ target: path.scope });
    const scope = limitScopeOf(path.scope);
    const done = await execute({ type: 'limit.remove', org, ofHub: seesHub(caller), by, scope });
    return done instanceof Refusal ? done : {};
  },
};

/** The version is of what was set: what is used grows all the time. */
function replyOf(limit: LimitView | undefined) {
  return limit === undefined ? NOT_FOUND : { body: limit, headers: { etag: `"${termsOf(limit)}"` } };
}

function refuseValue({ kind, value }: LimitScope): Refusal | undefined {
  if (kind === 'org') return undefined;
  if (kind === 'fleet') return value === undefined ? undefined : invalid('/scope', 'the fleet takes no value');
  if (value === undefined) return invalid('/scope', `must say which ${kind}, as in ${kind}:…`);
  return kind === 'label' && !/^[^=]+=/.test(value) ? invalid('/scope', 'must be label:name=value') : undefined;
}

function refuseAmounts({ currency, ...periods }: LimitBody): Refusal | undefined {
  const given = Object.entries(periods).filter(([, amounts]) => amounts !== undefined);
  if (given.length === 0) return invalid('', 'must have at least one of day, month and total');
  const empty = given.find(([, amounts]) => Object.keys(amounts).length === 0);
  if (empty !== undefined) return invalid(`/${empty[0]}`, 'must have costMicros, tokens, or both');
  const hasMoney = given.some(([, amounts]) => amounts.costMicros !== undefined);
  if (hasMoney && currency === undefined) return invalid('/currency', 'is required with costMicros');
  return hasMoney || currency === undefined ? undefined : invalid('/currency', 'is only for costMicros');
}

function invalid(path: string, message: string): Refusal {
  return new Refusal('request.invalid', `the spend limit is not valid: ${message}`, [{ path, message }]);
}
