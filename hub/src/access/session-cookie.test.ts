import { expect, test } from 'vitest';
import { flowCookie, flowOf, sessionCookie, sessionSecretOf } from './session-cookie.js';

test('by TLS only the cookies count that no other host can set', () => {
  const [flow] = flowCookie('oidc', 'sealed', true).split(';');
  const [session] = sessionCookie('secret', true, 60).split(';');
  const planted = 'agentcom_oidc=planted; agentcom_session=planted';
  expect(flowOf('oidc', planted, true)).toBeUndefined();
  expect(sessionSecretOf(planted, true)).toBeUndefined();
  expect(flowOf('oidc', `${planted}; ${flow}; ${session}`, true)).toBe('sealed');
  expect(sessionSecretOf(`${planted}; ${flow}; ${session}`, true)).toBe('secret');
});

test('without TLS they have plain names', () => {
  const [flow] = flowCookie('passkey', 'sealed', false).split(';');
  expect(flow).toBe('agentcom_passkey=sealed');
  expect(flowOf('passkey', flow, false)).toBe('sealed');
});
