// Every route and frame has a limit: what is new cannot be forgotten.

import { ROUTES, type RouteName, sidecarFrames } from '@agentcom/schemas';
import { expect, test } from 'vitest';
import { defaultConfig } from '../core/config/config.js';
import { FRAME_CLASSES, LIMIT_CLASSES, ruleOfRoute } from './limit-classes.js';

const rulesOf = (action: string): string[] => [
  ...new Set(
    (Object.keys(ROUTES) as RouteName[])
      .filter((name) => ROUTES[name].action === action)
      .map((name) => ruleOfRoute(name)),
  ),
];

test('every route counts against a limit of the config', () => {
  const rules = Object.keys(defaultConfig.values.limits);
  for (const name of Object.keys(ROUTES) as RouteName[]) expect(rules, name).toContain(ruleOfRoute(name));
});

/** Their questions have a body; they change nothing. */
const ASKING: readonly string[] = ['rule.test', 'task.estimate'];

test('a route that needs a key counts against one of the classes, and one that changes something is no read', () => {
  for (const [name, { action, method }] of Object.entries(ROUTES)) {
    if (action === 'public') continue;
    const rule = ruleOfRoute(name as RouteName);
    expect(LIMIT_CLASSES, name).toContain(rule);
    expect(rule === 'reads', name).toBe(method === 'GET' || ASKING.includes(name));
  }
});

test('submissions, messages, keys and the routes without a key each have their own', () => {
  expect(rulesOf('tasks.submit')).toEqual(['submissions']);
  expect(rulesOf('messages.send')).toEqual(['messages']);
  expect(rulesOf('keys.manage').sort()).toEqual(['admin', 'reads']);
  expect(rulesOf('public').sort()).toEqual(['anonymous', 'downloads', 'enrolments']);
});

test('every frame counts, and what is said of a live assignment as a report', () => {
  expect(Object.keys(FRAME_CLASSES).sort()).toEqual(Object.keys(sidecarFrames).sort());
  for (const type of Object.keys(sidecarFrames)) {
    if (!/^task\.(?!submit)/.test(type)) continue;
    expect(FRAME_CLASSES[type as keyof typeof FRAME_CLASSES], type).toBe('reports');
  }
});
