import { expect, test } from 'vitest';
import { shardNames } from './names.js';
import * as subjects from './subjects.js';

const names = shardNames('main', 0);

test('each message has a subject below the prefix of its stream', () => {
  expect(subjects.archiveSubject(names, 'acme', 't1')).toBe('agentcom.main.archive.0.acme.t1');
  expect(subjects.outputSubject(names, 'acme', 't1', 3)).toBe('agentcom.main.output.0.acme.t1.3');
  expect(subjects.diffSubject(names, 'acme', 't1', 3)).toBe('agentcom.main.output.0.acme.t1.3.diff');
  expect(subjects.auditSubject(names, 'acme', 7)).toBe('agentcom.main.audit.0.acme.7');
  expect(subjects.recordNumberOf('agentcom.main.audit.0.acme.7')).toBe(7);
  expect(subjects.ackedSubject(names, 'acme', 'bob')).toBe('agentcom.main.inboxes.0.acme.acked.bob');
  expect(subjects.memberSubject(names, 'acme', 'all', 'bob')).toBe('agentcom.main.inboxes.0.acme.member.all.bob');
});

test('a delivery has a subject of its own, whatever it is called', () => {
  const delivery = (channel: string, id: string) => subjects.deliverySubject(names, channel, id);
  expect(delivery('on.call > *', 'alert:acme:Rule/1')).toMatch(/^agentcom\.main\.deliveries\.0\.[\w-]{43}$/);
  expect(new Set([delivery('a', 'b'), delivery('a', 'c'), delivery('b', 'b')]).size).toBe(3);
});

test('what a subject was made of is read off it again', () => {
  expect(subjects.generationOf(subjects.outputSubject(names, 'acme', 't1', 3))).toBe(3);
  const to = { kind: 'channel', name: 'all' } as const;
  expect(subjects.recipientOf(names, subjects.messageSubject(names, 'acme', to))).toEqual({ org: 'acme', to });
  expect(subjects.recipientOf(names, `${names.messagesPrefix}.acme.else.all`)).toBeUndefined();
  expect(subjects.objectNameOf('B', subjects.objectSubject('B', '1.ab/c'))).toBe('1.ab/c');
});

test.each(['*', '>', 'a.b', '', 'a b'])('"%s" reaches no other subject', (name) => {
  expect(() => subjects.archiveSubject(names, 'acme', name)).toThrow(RangeError);
  expect(() => subjects.outputSubject(names, name, 't', '*')).toThrow(RangeError);
  expect(() => subjects.messageSubject(names, 'acme', { kind: 'agent', name })).toThrow(RangeError);
  expect(() => subjects.ackedSubject(names, 'acme', name)).toThrow(RangeError);
  expect(() => subjects.memberSubject(names, 'acme', 'all', name)).toThrow(RangeError);
});
