// The routes about alerts, silences and the rules behind them.

import {
  ALERT_RULE_NAMES,
  ALERT_STATES,
  type AlertRuleTested,
  type AlertState,
  matcherOf,
  rowOrder,
} from '@agentcom/schemas';
import type { Caller } from '../../../access/authenticate.js';
import { seesHub } from '../../../access/policy.js';
import type { Alert } from '../../../core/alert/alert.js';
import { alertFacts } from '../../../core/alert/alert-facts.js';
import { tested } from '../../../core/alert/history.js';
import { alertRuleView, alertView, silenceView } from '../../../core/alert/view.js';
import { Refusal } from '../../../core/refusal.js';
import { queryOf, sortOf } from '../asked.js';
import type { Handlers, RouteReply, RouteRequest } from '../handler.js';
import { pageOf } from '../paging.js';

const OPEN: readonly AlertState[] = ['pending', 'firing'];
const TTL_MS = 3_600_000;
const TTL_UNTIL_RESOLVED_MS = 7 * 24 * 3_600_000;

type AlertHandlers = Pick<
  Handlers,
  | 'alert.list'
  | 'alert.show'
  | 'alert.acknowledge'
  | 'alert.noise'
  | 'silence.list'
  | 'silence.create'
  | 'silence.remove'
  | 'rule.list'
  | 'rule.test'
>;

export function alertHandlers(now: () => number): AlertHandlers {
  return {
    'alert.list': async ({ query, read }) => {
      const asked = queryOf('alerts', query.q, now());
      if (asked instanceof Refusal) return asked;
      const sort = sortOf('alerts', query);
      if (sort instanceof Refusal) return sort;
      const matches = asked === undefined ? undefined : matcherOf(asked, alertFacts);
      const isAboutState = asked?.terms.some((term) => term.kind === 'words' && term.key === 'state') === true;
      const { state: states = isAboutState ? ALERT_STATES : OPEN, severity, rule } = query;
      const isWanted = (alert: Alert): boolean =>
        states.includes(alert.state) &&
        (severity === undefined || alert.severity === severity) &&
        (rule === undefined || alert.rule === rule) &&
        (matches?.(alert, now()) ?? true);
      const body = await read((view) => {
        const show = (alert: Alert) => alertView(view, alert, now());
        const idOf = ({ id }: { readonly id: string }): string => id;
        const newestFirst = view
          .alerts()
          .filter(isWanted)
          .sort((a, b) => (a.id < b.id ? 1 : -1));
        if (sort === undefined) return pageOf(newestFirst, query, idOf, show);
        const page = pageOf(newestFirst.map(show).sort(rowOrder('alerts', sort)), query, idOf, (row) => row);
        return { ...page, nextCursor: null };
      });
      return body instanceof Refusal ? body : { body };
    },

    'alert.show': ({ path, read }) => shown(read, path.id, now()),

    'alert.acknowledge': async ({ caller, path, body, read, execute }) => {
      const done = await execute({ type: 'alert.acknowledge', ...askedBy(caller), alert: path.id, ...body });
      return done instanceof Refusal ? done : shown(read, path.id, now());
    },

    'alert.noise': async ({ caller, path, body, read, execute }) => {
      const done = await execute({ type: 'alert.mark_noise', ...askedBy(caller), alert: path.id, ...body });
      return done instanceof Refusal ? done : shown(read, path.id, now());
    },

    'silence.list': async ({ query, read }) => {
      const body = await read((view) =>
        pageOf(
          view.silences(),
          query,
          ({ id }) => id,
          (silence) => silenceView(view.alertBook, silence),
        ),
      );
      return body instanceof Refusal ? body : { body };
    },

    'silence.create': async ({ caller, body, note, read, execute }) => {
      const { matchers, reason, ttlSeconds, untilResolved = false } = body;
      const ttlMs = ttlSeconds === undefined ? (untilResolved ? TTL_UNTIL_RESOLVED_MS : TTL_MS) : ttlSeconds * 1000;
      const made = await execute({
        type: 'silence.create',
        ...askedBy(caller),
        matchers,
        reason,
        ttlMs,
        untilResolved,
      });
      if (made instanceof Refusal) return made;
      note({ target: made.silence });
      const silence = await read((view) => {
        const found = view.silences().find(({ id }) => id === made.silence);
        return found && silenceView(view.alertBook, found);
      });
      return silence instanceof Refusal ? silence : { body: silence };
    },

    'silence.remove': async ({ caller, path, execute }) => {
      const done = await execute({ type: 'silence.remove', ...askedBy(caller), silence: path.id });
      return done instanceof Refusal ? done : {};
    },

    'rule.list': async ({ caller, query, read }) => {
      const body = await read((view) =>
        pageOf(
          [...ALERT_RULE_NAMES].sort(),
          query,
          (rule) => rule,
          (rule) => alertRuleView(view.alertBook, view.config.values, rule, orgsOf(caller), now()),
        ),
      );
      return body instanceof Refusal ? body : { body };
    },

    'rule.test': async ({ caller, path, body, read }) => {
      const { rule } = path;
      const each = await read(({ alertBook, config }) => {
        const { forSeconds } = config.values.alerts.rules[rule];
        return orgsOf(caller).map((org) => tested(alertBook, { org, rule }, now(), body, forSeconds));
      });
      return each instanceof Refusal ? each : { body: together(each) };
    },
  };
}

async function shown(read: RouteRequest<'alert.show'>['read'], id: string, now: number): Promise<RouteReply | Refusal> {
  const body = await read((view) => {
    const alert = view.alerts().find((one) => one.id === id);
    return alert && alertView(view, alert, now);
  });
  if (body instanceof Refusal) return body;
  return body === undefined ? new Refusal('alert.not_found', `alert ${id} not found`) : { body };
}

function askedBy(caller: Caller): { readonly org: string; readonly ofHub: boolean; readonly by: string } {
  return { org: caller.org, ofHub: seesHub(caller), by: caller.by };
}

function together(each: readonly AlertRuleTested[]): AlertRuleTested {
  const [first, ...rest] = each as readonly [AlertRuleTested, ...AlertRuleTested[]];
  const sum: { -readonly [K in keyof AlertRuleTested]: AlertRuleTested[K] } = { ...first };
  for (const { fired, wouldHaveFired, isAtLeast } of rest) {
    sum.fired += fired;
    sum.wouldHaveFired += wouldHaveFired;
    sum.isAtLeast ||= isAtLeast;
  }
  return sum;
}

/** Undefined stands for the hub itself. */
function orgsOf(caller: Caller): readonly (string | undefined)[] {
  return seesHub(caller) ? [caller.org, undefined] : [caller.org];
}
