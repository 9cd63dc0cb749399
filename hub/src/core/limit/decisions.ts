// Setting, raising and removing spend limits. What follows from it is decided where all changes of limits are.

import { LIMIT_WINDOWS, LIMITS } from '@agentcom/schemas';
import { refuseScope } from '../asked-scope.js';
import type { Decision, DecisionTable } from '../decision.js';
import { Refusal } from '../refusal.js';
import type { LimitCommands } from './commands.js';
import { endHold } from './enforce.js';
import type { LimitEvent } from './events.js';
import { aimOf, type SpendLimit, termsOf } from './limit.js';
import { usualEstimate } from './terms.js';
import { usedSince } from './used-before.js';
import { windowAt } from './windows.js';

type Periods = Extract<LimitEvent, { readonly type: 'limit.set' }>['periods'];

export const limitDecisions: DecisionTable<keyof LimitCommands> = {
  'limit.set': (decision, command) => {
    const { state, inputs } = decision;
    const { org: owner, by, currency } = command;
    const refused = refuse(decision, command);
    if (refused !== undefined) return refused;
    const { org, scope } = aimOf(command);
    const known = state.limits.like({ owner, org, scope });
    const own = [...state.limits.all()].filter((limit) => limit.owner === owner).length;
    if (known === undefined && own >= LIMITS.spendLimits)
      return new Refusal('limit.too_many', `there are already ${LIMITS.spendLimits} spend limits; remove some`);
    decision.emit({
      type: 'limit.set',
      limit: known?.id ?? inputs.newId(),
      ...(org !== undefined && { org }),
      scope,
      owner,
      ...(currency !== undefined && { currency }),
      by,
      ...(known === undefined && { estimate: usualEstimate(decision.config) }),
      periods: periodsOf(decision, command, known),
    });
    return {};
  },

  'limit.remove': (decision, command) => {
    const { org: caller, ofHub, by } = command;
    const limit = decision.state.limits.seenBy(caller, command);
    if (limit === undefined) return new Refusal('limit.not_found', 'this scope has no spend limit');
    if (limit.owner !== caller && !ofHub)
      return new Refusal('auth.forbidden', 'those who run the hub have set this limit, and only they remove it');
    const org = limit.org === undefined ? {} : { org: limit.org };
    decision.emit({ type: 'limit.removed', limit: limit.id, ...org, by });
    decision.matchTogether(() => endHold(decision, limit));
    return {};
  },
};

function refuse({ state }: Decision, command: LimitCommands['limit.set']): Refusal | undefined {
  return (
    refuseScope(state, command, 'limit') ?? refuseTerms(state.limits.seenBy(command.org, command), command.ifTerms)
  );
}

function refuseTerms(known: SpendLimit | undefined, ifTerms: string | undefined): Refusal | undefined {
  if (ifTerms === undefined) return undefined;
  if (known === undefined) return new Refusal('limit.version_conflict', 'this scope has no spend limit any more');
  const windows = known.periods.map(({ window, amounts }) => ({ window, ...amounts }));
  return termsOf({ currency: known.currency, windows }) === ifTerms
    ? undefined
    : new Refusal('limit.version_conflict', 'somebody else has changed this spend limit meanwhile');
}

/** A day and a month begin with what the ledger has of them already; in another currency nothing changes of what was counted. */
function periodsOf(
  { state, now, config }: Decision,
  command: LimitCommands['limit.set'],
  known: SpendLimit | undefined,
): Periods {
  const wallNow = now + state.wallOffsetMs;
  const aim = aimOf(command);
  return LIMIT_WINDOWS.flatMap((window) => {
    const amounts = command.amounts[window];
    if (amounts === undefined) return [];
    if (known?.periods.some((period) => period.window === window) === true) return [{ window, amounts }];
    const { since, until } = windowAt(window, wallNow, config.spending.timeZone);
    const used = usedSince(state, aim, window, since);
    return [{ window, amounts, begins: { used, since, ...(until !== undefined && { until }) } }];
  });
}
