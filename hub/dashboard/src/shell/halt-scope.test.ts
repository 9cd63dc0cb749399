import { expect, test } from 'vitest';
import { haltScope } from './halt-scope.js';

test("an organisation is one's own until another is named, and the fleet has no name", () => {
  expect(haltScope('org', ' ')).toEqual({ kind: 'org' });
  expect(haltScope('org', ' acme ')).toEqual({ kind: 'org', value: 'acme' });
  expect(haltScope('fleet', 'whatever')).toEqual({ kind: 'fleet' });
});

test('the others are nothing until they are named, and a label until it is name=value', () => {
  for (const kind of ['repo', 'runner', 'label', 'agent'] as const) expect(haltScope(kind, ' '), kind).toBeUndefined();
  expect(haltScope('repo', 'https://git.example.com/*')).toEqual({ kind: 'repo', value: 'https://git.example.com/*' });
  expect(haltScope('label', 'team')).toBeUndefined();
  expect(haltScope('label', '=roof')).toBeUndefined();
  expect(haltScope('label', 'team=')).toEqual({ kind: 'label', value: 'team=' });
  expect(haltScope('label', 'team=roof')).toEqual({ kind: 'label', value: 'team=roof' });
});
