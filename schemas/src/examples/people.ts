// Examples of what the routes about people, organisations, keys and sessions take and answer.

import { QUOTAS } from '../names.js';
import type * as people from '../people.js';
import { type Examples, faulty, LATER, NOON, TASK } from './example.js';

const PASSWORD = 'correct horse battery';
const link = { url: 'https://hub.example.com/sign-in#token', expiresAt: LATER };
const createdKey: people.CreatedKey = {
  id: TASK,
  role: 'viewer',
  name: 'wall',
  hint: 'ac_abcd2345',
  createdAt: NOON,
  expiresAt: LATER,
  key: 'ac_x',
};
const keyView: people.KeyView = {
  id: TASK,
  role: 'agent',
  name: 'a',
  agent: 'a',
  createdAt: NOON,
  lastUsedAt: LATER,
  revokedAt: LATER,
};
const enrolment: people.EnrolmentView = {
  id: TASK,
  createdBy: `key:${TASK}`,
  createdAt: NOON,
  expiresAt: LATER,
  uses: 2,
  usesLeft: 1,
  capabilities: ['gpu'],
};
const org: people.OrgView = { org: 'acme', name: 'Acme', role: 'owner' };
const use = { used: 1, limit: 10 };
const usage: people.OrgUsage = {
  org: 'acme',
  at: NOON,
  quotas: Object.fromEntries(QUOTAS.map((name) => [name, use])) as people.OrgUsage['quotas'],
  days: [{ day: '2026-11-21', submitted: 2, completed: 1, costMicros: 250_000 }],
};
const orgSummary: people.OrgSummary = { org: 'acme', createdAt: NOON, members: 1, agents: 2, keys: 3, tasks: 4 };
const member: people.MemberView = { id: TASK, email: 'ada@example.org', name: 'Ada', role: 'developer', since: NOON };
const invitation: people.InvitationView = {
  id: TASK,
  role: 'viewer',
  email: 'ada@example.org',
  createdBy: `person:${TASK}`,
  createdAt: NOON,
  expiresAt: LATER,
};
const session: people.SessionView = {
  id: TASK,
  org: 'acme',
  createdAt: NOON,
  lastUsedAt: NOON,
  expiresAt: LATER,
  address: '192.0.2.7',
  userAgent: 'a browser',
  current: true,
};
const passkey: people.PasskeyView = { id: TASK, name: 'phone', createdAt: NOON };
const newPasskey: people.PasskeyBody = {
  name: 'phone',
  credential: { id: 'x', clientDataJSON: 'x', attestationObject: 'x' },
};
const usedPasskey: people.PasskeySignInBody = {
  credential: { id: 'x', clientDataJSON: 'x', authenticatorData: 'x', signature: 'x' },
};
const registration: people.RegistrationBody = { email: 'ada@example.org', name: 'Ada', password: PASSWORD };

function pageOf<Item extends object>(item: Item): Examples<{ items: readonly Item[]; nextCursor: string | null }> {
  return {
    valid: [
      { items: [item], nextCursor: null },
      { items: [], nextCursor: TASK },
    ],
    invalid: [{ path: '/items', value: { nextCursor: null } }],
  };
}

export const peopleExamples = {
  KeyBody: {
    valid: [
      { role: 'submitter', name: 'ci' },
      { role: 'owner', name: 'Ada', ttlSeconds: 3600, rateMultiplier: 10 },
      { role: 'developer', name: 'ci', scopes: ['tasks:write'], repositories: ['https://git.example.org/acme/*'] },
    ],
    invalid: faulty({ role: 'submitter', name: 'ci' }, [
      ['/role', { role: 'agent' }],
      ['/role', { role: undefined }],
      ['/name', { name: '' }],
      ['/name', { name: 'x'.repeat(65) }],
      ['/ttlSeconds', { ttlSeconds: 1 }],
      ['/scopes/0', { scopes: ['everything'] }],
      ['/scopes', { scopes: [] }],
      ['/repositories/0', { repositories: [''] }],
      ['/rateMultiplier', { rateMultiplier: 0 }],
      ['/key', { key: 'ac_x' }],
    ]),
  } satisfies Examples<people.KeyBody>,
  CreatedKey: {
    valid: [createdKey],
    invalid: faulty(createdKey, [['/key', { key: undefined }]]),
  } satisfies Examples<people.CreatedKey>,
  KeyView: {
    valid: [keyView],
    invalid: faulty(keyView, [['/id', { id: undefined }]]),
  } satisfies Examples<people.KeyView>,
  KeyPage: pageOf(keyView) satisfies Examples<people.KeyPage>,
  KeyListQuery: {
    valid: [{}, { limit: 1, cursor: TASK }],
    invalid: faulty({}, [['/cursor', { cursor: 'x' }]]),
  } satisfies Examples<people.KeyListQuery>,
  RotateBody: {
    valid: [{}, { overlapSeconds: 0 }],
    invalid: faulty({}, [['/overlapSeconds', { overlapSeconds: -1 }]]),
  } satisfies Examples<people.RotateBody>,
  RotatedKey: {
    valid: [{ id: TASK, key: 'ac_x', oldExpiresAt: LATER }],
    invalid: [{ path: '/key', value: { id: TASK, oldExpiresAt: LATER } }],
  } satisfies Examples<people.RotatedKey>,
  EnrolmentView: {
    valid: [
      enrolment,
      {
        ...enrolment,
        name: 'rack 3',
        revokedAt: LATER,
        runners: ['claude'],
        repositories: ['https://git.example.org/acme/*'],
      },
    ],
    invalid: faulty(enrolment, [['/usesLeft', { usesLeft: 'one' }]]),
  } satisfies Examples<people.EnrolmentView>,
  EnrolmentPage: pageOf(enrolment) satisfies Examples<people.EnrolmentPage>,
  IdPageQuery: {
    valid: [{}, { limit: 1, cursor: TASK }],
    invalid: faulty({}, [['/cursor', { cursor: 'x' }]]),
  } satisfies Examples<people.IdPageQuery>,
  OrgBody: {
    valid: [{ org: 'acme' }, { org: 'acme', name: 'Acme & Sons' }],
    invalid: faulty({ org: 'acme' }, [
      ['/org', { org: 'Acme!' }],
      ['/name', { name: '' }],
    ]),
  } satisfies Examples<people.OrgBody>,
  OrgView: { valid: [org], invalid: faulty(org, [['/role', { role: 'agent' }]]) } satisfies Examples<people.OrgView>,
  OrgPatch: {
    valid: [{ quotas: {} }, { quotas: { members: 5, keys: null } }],
    invalid: faulty({ quotas: {} }, [
      ['/quotas', { quotas: undefined }],
      ['/quotas/members', { quotas: { members: 0 } }],
      ['/quotas/beds', { quotas: { beds: 1 } }],
    ]),
  } satisfies Examples<people.OrgPatch>,
  OrgUsage: {
    valid: [usage],
    invalid: faulty(usage, [['/days', { days: 1 }]]),
  } satisfies Examples<people.OrgUsage>,
  UsageQuery: {
    valid: [{}, { days: 7 }],
    invalid: faulty({}, [['/days', { days: 0 }]]),
  } satisfies Examples<people.UsageQuery>,
  CreatedOrg: {
    valid: [{ org: 'acme' }, { org: 'acme', name: 'Acme', invitation: link }],
    invalid: [{ path: '/org', value: { name: 'Acme' } }],
  } satisfies Examples<people.CreatedOrg>,
  OrgSummary: {
    valid: [orgSummary],
    invalid: faulty(orgSummary, [['/members', { members: 'many' }]]),
  } satisfies Examples<people.OrgSummary>,
  OrgPage: pageOf(orgSummary) satisfies Examples<people.OrgPage>,
  OrgListQuery: {
    valid: [{}, { limit: 1, cursor: 'acme' }],
    invalid: faulty({}, [['/cursor', { cursor: 'A b' }]]),
  } satisfies Examples<people.OrgListQuery>,
  MemberView: {
    valid: [member],
    invalid: faulty(member, [['/role', { role: 'agent' }]]),
  } satisfies Examples<people.MemberView>,
  MemberPage: pageOf(member) satisfies Examples<people.MemberPage>,
  MemberPatch: {
    valid: [{ role: 'admin' }],
    invalid: faulty({ role: 'admin' }, [['/role', { role: undefined }]]),
  } satisfies Examples<people.MemberPatch>,
  InviteBody: {
    valid: [{ role: 'viewer' }, { role: 'owner', email: 'ada@example.org', ttlSeconds: 3600 }],
    invalid: faulty({ role: 'viewer' }, [
      ['/role', { role: 'agent' }],
      ['/email', { email: 'ada' }],
      ['/email', { email: 'a b@example.org' }],
      ['/ttlSeconds', { ttlSeconds: 1 }],
    ]),
  } satisfies Examples<people.InviteBody>,
  Invited: {
    valid: [
      { id: TASK, ...link },
      { id: TASK, ...link, mailed: true },
    ],
    invalid: [
      { path: '/url', value: { id: TASK, expiresAt: LATER } },
      { path: '/mailed', value: { id: TASK, ...link, mailed: 'yes' } },
    ],
  } satisfies Examples<people.Invited>,
  InvitationView: {
    valid: [invitation],
    invalid: faulty(invitation, [['/role', { role: undefined }]]),
  } satisfies Examples<people.InvitationView>,
  OpenInvitation: {
    valid: [
      { org: 'acme', role: 'viewer', expiresAt: LATER },
      {
        org: 'acme',
        name: 'Acme',
        role: 'owner',
        email: 'bob@example.org',
        invitedBy: { name: 'Ada', email: 'ada@example.org' },
        expiresAt: LATER,
      },
    ],
    invalid: [
      { path: '/role', value: { org: 'acme', role: 'agent', expiresAt: LATER } },
      { path: '/invitedBy/name', value: { org: 'acme', role: 'viewer', invitedBy: {}, expiresAt: LATER } },
    ],
  } satisfies Examples<people.OpenInvitation>,
  InvitationPage: pageOf(invitation) satisfies Examples<people.InvitationPage>,
  Link: { valid: [link], invalid: [{ path: '/url', value: { expiresAt: LATER } }] } satisfies Examples<people.Link>,
  RegistrationBody: {
    valid: [
      { ...registration, invitation: 'token' },
      { ...registration, org: 'acme', orgName: 'Acme' },
    ],
    invalid: faulty(registration, [
      ['/password', { password: 'short' }],
      ['/password', { password: 'x'.repeat(1025) }],
      ['/email', { email: '@example.org' }],
      ['/name', { name: ' ' }],
      ['/invitation', { invitation: 'a b' }],
      ['/role', { role: 'owner' }],
    ]),
  } satisfies Examples<people.RegistrationBody>,
  SignInBody: {
    valid: [{ email: 'ada@example.org', password: PASSWORD, code: '123 456' }, { token: 'token' }],
    invalid: faulty({}, [
      ['/password', { password: '' }],
      ['/code', { code: '12345' }],
      ['/token', { token: '#' }],
    ]),
  } satisfies Examples<people.SignInBody>,
  SignInOptions: {
    valid: [{ registration: 'open', provider: false, mail: true }],
    invalid: [{ path: '/registration', value: { registration: 'closed', provider: false, mail: false } }],
  } satisfies Examples<people.SignInOptions>,
  Me: {
    valid: [
      {
        org: 'acme',
        role: 'owner',
        caller: `key:${TASK}`,
        name: 'owner',
        actions: ['keys.manage'],
        grants: ['viewer'],
      },
      {
        org: 'acme',
        role: 'developer',
        caller: `person:${TASK}`,
        name: 'Ada',
        actions: [],
        grants: [],
        email: 'ada@example.org',
        orgs: [org],
        totp: { recoveryCodesLeft: 10 },
        session: TASK,
        expiresAt: LATER,
      },
    ],
    invalid: [{ path: '/caller', value: { org: 'acme', role: 'owner', name: 'owner', actions: [], grants: [] } }],
  } satisfies Examples<people.Me>,
  SessionView: {
    valid: [session],
    invalid: faulty(session, [['/current', { current: 'yes' }]]),
  } satisfies Examples<people.SessionView>,
  SessionPage: pageOf(session) satisfies Examples<people.SessionPage>,
  SwitchBody: {
    valid: [{ org: 'acme' }],
    invalid: faulty({ org: 'acme' }, [['/org', { org: undefined }]]),
  } satisfies Examples<people.SwitchBody>,
  PasswordBody: {
    valid: [{ password: PASSWORD }, { password: PASSWORD, current: 'old' }],
    invalid: faulty({ password: PASSWORD }, [['/password', { password: 'short' }]]),
  } satisfies Examples<people.PasswordBody>,
  ResetBody: {
    valid: [{ token: 'token', password: PASSWORD }],
    invalid: faulty({ token: 'token', password: PASSWORD }, [['/token', { token: undefined }]]),
  } satisfies Examples<people.ResetBody>,
  MailResetBody: {
    valid: [{ email: 'ada@example.org' }],
    invalid: faulty({ email: 'ada@example.org' }, [
      ['/email', { email: 'ada' }],
      ['/email', { email: undefined }],
    ]),
  } satisfies Examples<people.MailResetBody>,
  MembershipBody: {
    valid: [{ token: 'token' }],
    invalid: faulty({ token: 'token' }, [['/token', { token: '' }]]),
  } satisfies Examples<people.MembershipBody>,
  ProviderAnswer: {
    valid: [{ code: 'c', state: 's', iss: 'https://id.example.org' }, { error: 'access_denied' }],
    invalid: [
      { path: '/code', value: { code: 'a\u0000b' } },
      { path: '/state', value: { state: 'x'.repeat(3_000) } },
    ],
  } satisfies Examples<people.ProviderAnswer>,
  PasskeyOptions: {
    valid: [{ publicKey: { challenge: 'x' } }],
    invalid: [{ path: '/publicKey', value: {} }],
  } satisfies Examples<people.PasskeyOptions>,
  PasskeyBody: {
    valid: [newPasskey],
    invalid: faulty(newPasskey, [
      ['/name', { name: '' }],
      ['/credential/id', { credential: { ...newPasskey.credential, id: '=' } }],
      [
        '/credential/attestationObject',
        { credential: { ...newPasskey.credential, attestationObject: 'x'.repeat(8193) } },
      ],
    ]),
  } satisfies Examples<people.PasskeyBody>,
  PasskeyView: {
    valid: [passkey, { ...passkey, lastUsedAt: LATER }],
    invalid: faulty(passkey, [['/name', { name: undefined }]]),
  } satisfies Examples<people.PasskeyView>,
  PasskeyPage: pageOf(passkey) satisfies Examples<people.PasskeyPage>,
  PasskeySignInBody: {
    valid: [usedPasskey, { ...usedPasskey, org: 'acme' }],
    invalid: faulty(usedPasskey, [
      ['/credential', { credential: undefined }],
      ['/credential/signature', { credential: { ...usedPasskey.credential, signature: '' } }],
    ]),
  } satisfies Examples<people.PasskeySignInBody>,
  ConfirmBody: {
    valid: [{}, { current: PASSWORD }],
    invalid: faulty({}, [['/current', { current: '' }]]),
  } satisfies Examples<people.ConfirmBody>,
  TotpSecret: {
    valid: [{ secret: 'GEZDGNBVGY3TQOJQ', url: 'otpauth://totp/AgentCom:ada%40example.org' }],
    invalid: [{ path: '/url', value: { secret: 'GEZDGNBVGY3TQOJQ' } }],
  } satisfies Examples<people.TotpSecret>,
  CodeBody: {
    valid: [{ code: '123456' }, { code: 'abcd-efgh-ijkl-mnop' }],
    invalid: faulty({ code: '123456' }, [
      ['/code', { code: undefined }],
      ['/code', { code: 'x'.repeat(33) }],
      ['/code', { code: '123456\n' }],
    ]),
  } satisfies Examples<people.CodeBody>,
  RecoveryCodes: {
    valid: [{ recoveryCodes: ['abcd-efgh-ijkl-mnop'] }],
    invalid: [{ path: '/recoveryCodes', value: {} }],
  } satisfies Examples<people.RecoveryCodes>,
};
