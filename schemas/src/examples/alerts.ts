// Examples of what the routes about alerts take and answer.

import type * as alerts from '../alerts.js';
import { type Examples, faulty, LATER, NOON, PARENT, TASK } from './example.js';

const alert: alerts.AlertView = {
  id: TASK,
  rule: 'AgentOffline',
  state: 'firing',
  severity: 'warn',
  org: 'acme',
  since: NOON,
  firingSince: LATER,
  clearing: { since: NOON, endsAt: LATER },
  value: 900,
  limit: 300,
  unit: 'seconds',
  subjects: [{ kind: 'agent', id: 'a', name: 'a' }],
  count: 1,
  why: 'Its machine does not answer.',
  next: 'Look at the machine.',
  runbook: 'ops/docs/runbooks/AgentOffline.md',
  acknowledged: { by: `key:${TASK}`, at: LATER, note: 'on it' },
  toldAt: LATER,
  escalation: 0,
  history: [0, 0.5, 1],
};
const ofHub: alerts.AlertView = {
  id: PARENT,
  rule: 'DiskLow',
  state: 'resolved',
  severity: 'page',
  since: NOON,
  resolvedAt: LATER,
  outcome: 'Its rule was turned off.',
  value: 1,
  limit: 2,
  subjects: [],
  count: 1,
  why: '',
  runbook: 'ops/docs/runbooks/DiskLow.md',
  silenced: TASK,
  mutedBy: 'JournalUnwritable',
  noise: { by: `person:${TASK}`, at: LATER, reason: 'not_actionable' },
  history: [],
};
const matchers = { rule: 'AgentOffline', subject: { kind: 'agent', id: 'a' } } as const;
const silence: alerts.SilenceView = {
  id: TASK,
  matchers,
  reason: 'moving house',
  createdBy: `key:${TASK}`,
  createdAt: NOON,
  endsAt: LATER,
  untilResolved: false,
  alerts: 1,
};
const rule: alerts.AlertRuleView = {
  rule: 'AgentOffline',
  enabled: true,
  severity: 'info',
  forSeconds: 900,
  keepFiringForSeconds: 60,
  thresholds: { quietSeconds: 30 },
  mutedBy: ['AgentsLost'],
  meaning: 'An agent is offline.',
  next: 'Look at the machine.',
  runbook: 'ops/docs/runbooks/AgentOffline.md',
  open: 1,
  fired: 3,
  noise: { false_positive: 1, not_actionable: 0, poor_details: 0 },
};
const list: alerts.AlertListQuery = { limit: 1, state: ['firing'], severity: 'page', rule: 'NoAgents', cursor: TASK };
const body: alerts.SilenceBody = { matchers, reason: 'moving house', ttlSeconds: 3600, untilResolved: true };
const tested: alerts.AlertRuleTested = { rule: 'NoAgents', days: 7, fired: 3, wouldHaveFired: 1, isAtLeast: false };

export const alertExamples = {
  AlertView: {
    valid: [alert, ofHub],
    invalid: faulty(alert, [
      ['/state', { state: 'open' }],
      ['/history', { history: undefined }],
    ]),
  } satisfies Examples<alerts.AlertView>,
  AlertPage: {
    valid: [{ items: [alert, ofHub], nextCursor: null }],
    invalid: [{ path: '/items/0/id', value: { items: [{ ...alert, id: undefined }], nextCursor: null } }],
  } satisfies Examples<alerts.AlertPage>,
  AlertListQuery: {
    valid: [{}, list],
    invalid: faulty(list, [
      ['/state/0', { state: ['open'] }],
      ['/rule', { rule: 'Nonsense' }],
      ['/cursor', { cursor: 'x' }],
    ]),
  } satisfies Examples<alerts.AlertListQuery>,
  AcknowledgeBody: {
    valid: [{}, { note: 'on it' }],
    invalid: [{ path: '/note', value: { note: ' ' } }],
  } satisfies Examples<alerts.AcknowledgeBody>,
  NoiseBody: {
    valid: [{ reason: 'false_positive' }, { reason: 'poor_details', note: 'which one?' }],
    invalid: [
      { path: '/reason', value: {} },
      { path: '/reason', value: { reason: 'boring' } },
    ],
  } satisfies Examples<alerts.NoiseBody>,
  SilenceBody: {
    valid: [body, { matchers: { label: { name: 'team', value: 'roof' } }, reason: 'x' }],
    invalid: faulty(body, [
      ['/matchers', { matchers: {} }],
      ['/matchers/subject/kind', { matchers: { subject: { kind: 'moon', id: 'x' } } }],
      ['/reason', { reason: undefined }],
      ['/ttlSeconds', { ttlSeconds: 1 }],
    ]),
  } satisfies Examples<alerts.SilenceBody>,
  SilenceView: {
    valid: [silence],
    invalid: faulty(silence, [['/endsAt', { endsAt: 'soon' }]]),
  } satisfies Examples<alerts.SilenceView>,
  SilencePage: {
    valid: [{ items: [silence], nextCursor: null }],
    invalid: [{ path: '/nextCursor', value: { items: [silence] } }],
  } satisfies Examples<alerts.SilencePage>,
  SilenceListQuery: {
    valid: [{}, { limit: 200, cursor: TASK }],
    invalid: [{ path: '/limit', value: { limit: 201 } }],
  } satisfies Examples<alerts.SilenceListQuery>,
  AlertRuleView: {
    valid: [rule],
    invalid: faulty(rule, [['/noise/false_positive', { noise: { not_actionable: 0, poor_details: 0 } }]]),
  } satisfies Examples<alerts.AlertRuleView>,
  AlertRulePage: {
    valid: [{ items: [rule], nextCursor: null }],
    invalid: [{ path: '/items', value: { nextCursor: null } }],
  } satisfies Examples<alerts.AlertRulePage>,
  AlertRuleListQuery: {
    valid: [{}, { limit: 1, cursor: 'NoAgents' }],
    invalid: [{ path: '/cursor', value: { cursor: '1' } }],
  } satisfies Examples<alerts.AlertRuleListQuery>,
  AlertRuleTestBody: {
    valid: [{}, { limit: 5, forSeconds: 60 }],
    invalid: [{ path: '/limit', value: { limit: -1 } }],
  } satisfies Examples<alerts.AlertRuleTestBody>,
  AlertRuleTested: {
    valid: [tested],
    invalid: faulty(tested, [['/fired', { fired: -1 }]]),
  } satisfies Examples<alerts.AlertRuleTested>,
};
