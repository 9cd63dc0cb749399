import { expect, it } from 'vitest';
import { addressPolicy } from './address-policy.js';

it.each([
  ...['127.0.0.1', '127.9.9.9', '0.0.0.0', '10.1.2.3', '172.31.255.255', '192.168.0.1', '169.254.169.254'],
  ...['100.64.0.1', '224.0.0.1', '255.255.255.255', '::1', '::', 'fe80::1', 'fec0::1', 'fd00::1', 'ff02::1'],
  ...['::ffff:127.0.0.1', '::ffff:10.0.0.1', '::ffff:a9fe:a9fe', '::127.0.0.1', '64:ff9b::a00:1', '64:ff9b::'],
  ...['64:ff9b:1::1', '2002:7f00:1::', '2001:db8::1'],
])('%s is not called', (address) => {
  expect(addressPolicy([])(address)).toBe(false);
});

it.each(['8.8.8.8', '172.32.0.1', '2606:4700::1111', '::ffff:8.8.8.8', '64:ff9b::808:808'])('%s is', (address) => {
  expect(addressPolicy([])(address)).toBe(true);
});

it('allows the ranges that an operator names, and no others', () => {
  const mayCall = addressPolicy(['10.1.0.0/16', '::1']);
  expect(['10.1.2.3', '::1', '10.2.0.1', '127.0.0.1'].map(mayCall)).toEqual([true, true, false, false]);
});

it('calls the machine itself by none of its addresses, as they are now, unless it is allowed', () => {
  const own: string[] = [];
  const mayCall = addressPolicy(['2606:4700::/64'], () => own);
  expect(mayCall('8.8.8.8')).toBe(true);
  own.push('8.8.8.8', '2606:4700::1', '2606:4700:1::1');
  const refused = ['8.8.8.8', '::ffff:8.8.8.8', '64:ff9b::808:808', '2606:4700:1::1'];
  expect([...refused, '8.8.4.4', '2606:4700::1'].map(mayCall)).toEqual([...refused.map(() => false), true, true]);
});
