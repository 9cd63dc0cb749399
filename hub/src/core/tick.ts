// What time brings, a page at a time. Whatever a deadline stood for when it was set, the state decides what it means now; one that means
// nothing any more is dropped.

import { expireEnrolment } from './access/enrolments.js';
import { forgetKey } from './access/keys.js';
import { expireSession } from './access/sessions.js';
import { expireToken } from './access/tokens.js';
import { fireAgent, fireLimit } from './agent/deadlines.js';
import { expireSilence, fireAlert } from './alert/decisions.js';
import type { DeadlineKind } from './deadlines.js';
import type { Decision, DecisionTable } from './decision.js';
import { fireHalt } from './halt/decisions.js';
import { fireSpend } from './limit/enforce.js';
import { fireDependencies, fireOffer, fireTask, forgetIdempotencyKeys } from './task/deadlines.js';
import { fireHolds } from './task/holding.js';

/** Deadlines handled in one decision, so that its events stay far below the largest batch. */
const PAGE = 100;

const fire: { readonly [K in DeadlineKind]: (decision: Decision, id: string) => void } = {
  task: fireTask,
  offer: fireOffer,
  dependencies: fireDependencies,
  agent: fireAgent,
  limit: fireLimit,
  enrolment: expireEnrolment,
  key: forgetKey,
  token: expireToken,
  session: expireSession,
  alert: fireAlert,
  silence: expireSilence,
  halt: fireHalt,
  spend: fireSpend,
  holds: fireHolds,
  matching: (decision) => decision.matchPostponed(),
};

export const tickDecisions: DecisionTable<'tick'> = {
  tick: (decision) => {
    const { deadlines } = decision.state;
    decision.matchTogether(() => {
      let left = PAGE;
      for (let due = deadlines.take(decision.now, left); due.length > 0; due = deadlines.take(decision.now, left)) {
        for (const { kind, id } of due) fire[kind](decision, id);
        left -= due.length;
      }
      if (deadlines.nextAt() <= decision.now) decision.postponeMatching();
      else decision.matchPostponed();
    });
    decision.setUnfinished();
    forgetIdempotencyKeys(decision);
    return { more: deadlines.nextAt() <= decision.now };
  },
};
