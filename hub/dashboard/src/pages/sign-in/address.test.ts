import { expect, test } from 'vitest';
import { arrivalOf, destinationOf, entryOf } from './address.js';

test.each([
  ['', { kind: 'password' }],
  ['#sign-in=abc', { kind: 'link', token: 'abc' }],
  ['#reset=abc', { kind: 'reset', token: 'abc' }],
  ['#invitation=abc', { kind: 'invitation', token: 'abc' }],
  ['#refused=oidc.refused', { kind: 'refused', code: 'oidc.refused' }],
  ['#org=acme', { kind: 'password', org: 'acme' }],
])('%s', (hash, entry) => {
  expect(entryOf(hash)).toEqual(entry);
});

test.each([
  ['?to=%2Ftasks%3Fq%3Dstate%3Aqueued', '/tasks?q=state:queued'],
  ['', '/'],
  ['?to=%2F%2Fevil.example', '/'],
  ['?to=%2F%5Cevil.example', '/'],
  ['?to=https%3A%2F%2Fevil.example', '/'],
  ['?to=javascript%3Aalert(1)', '/'],
  ['?to=%2Fsign-in', '/'],
])('goes on to a path of its own only: %s', (search, to) => {
  expect(destinationOf(search)).toBe(to);
});

test.each([
  ['', '', 'to=%2Ftasks%2F1&org=acme', { kind: 'password', org: 'acme' }, '/tasks/1'],
  ['#refused=oidc.refused', '', 'to=%2Ftasks%2F1&org=acme', { kind: 'refused', code: 'oidc.refused' }, '/tasks/1'],
  ['#org=globex', '?to=%2Falerts', 'to=%2Ftasks%2F1&org=acme', { kind: 'password', org: 'globex' }, '/alerts'],
  ['', '', 'to=%2F%2Fevil.example', { kind: 'password' }, '/'],
  ['', '', null, { kind: 'password' }, '/'],
])('%s%s after %s was kept', (hash, search, kept, entry, to) => {
  expect(arrivalOf({ hash, search }, kept)).toEqual({ entry, to });
});
