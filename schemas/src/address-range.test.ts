import { isIPv6 } from 'node:net';
import { expect, it } from 'vitest';
import { addressRange } from './address-range.js';

it.each([
  ['10.1.2.3', { address: '10.1.2.3', bits: 32, family: 'ipv4' }],
  ['10.0.0.0/8', { address: '10.0.0.0', bits: 8, family: 'ipv4' }],
  ['::1', { address: '::1', bits: 128, family: 'ipv6' }],
  ['fd00::/8', { address: 'fd00::', bits: 8, family: 'ipv6' }],
])('%s is a range', (text, range) => {
  expect(addressRange(text)).toEqual(range);
});

it.each([
  '',
  'hub.example',
  '10.0.0',
  '10.0.0.256',
  '10.0.0.0/33',
  'fd00::/129',
  '10.0.0.0/',
  'fe80::1%eth0',
  '10.0.0.1:80',
])('%j is none', (text) => {
  expect(addressRange(text)).toBeUndefined();
});

it.each([
  '::',
  '1::',
  '::ffff:10.0.0.1',
  '1:2:3:4:5:6:7:8',
  '1:2:3:4:5:6:7::',
  '1:::2',
  '1::2::3',
  '1:2:3:4:5:6:7:8:9',
  '12345::',
  ':1',
  '1:',
])('%s is an IPv6 address as Node has it, or is none', (text) => {
  expect(addressRange(text) !== undefined).toBe(isIPv6(text));
});
