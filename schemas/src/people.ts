// What the routes about people, organisations, keys and sessions take and answer. Long because it is data.

import type { TSchema } from 'typebox';
import * as Type from 'typebox';
import { LIMITS } from './limits.js';
import { ACTIONS, MEMBER_ROLES, QUOTAS, type QuotaName, SCOPES } from './names.js';
import { limit, mustBeCursor, page } from './pages.js';
import {
  agentBounds,
  closed,
  type Data,
  integer,
  line,
  list,
  oneOf,
  RepositoryPatterns,
  RoleName,
  Slug,
  TaskId,
  Timestamp,
  UNSEEN,
} from './primitives.js';

const Id = (what: string) => Type.String({ ...TaskId, mustBe: `the id of ${what}` });
const IdCursor = Type.String({ ...TaskId, mustBe: mustBeCursor });

export const IdPageQuery = closed({ limit, cursor: Type.Optional(IdCursor) });
export type IdPageQuery = Data<typeof IdPageQuery>;

const MemberRoleName = oneOf(MEMBER_ROLES);
const ScopeName = oneOf(SCOPES);

const NOT_IN_ADDRESSES = `\\s@<>"${UNSEEN}`;
/** The account of a person. Only its host part is taken apart, and only to compare it. */
const EmailAddress = Type.String({
  maxLength: 254,
  // No characters that do not show: two addresses that look the same would be two accounts.
  pattern: `^[^${NOT_IN_ADDRESSES}]{1,64}@[^${NOT_IN_ADDRESSES}]{1,189}$`,
  mustBe: 'an e-mail address',
});
/** As NIST SP 800-63B asks: long enough, and whatever characters people like. */
export const Password = Type.String({
  minLength: LIMITS.passwordCharsMin,
  maxBytes: LIMITS.passwordBytes,
  mustBe: `a password of at least ${LIMITS.passwordCharsMin} characters`,
});
/** As it stands in a link. */
const SecretToken = Type.String({
  pattern: '^[A-Za-z0-9_-]{1,128}$',
  mustBe: 'the token of a link',
});
const PersonName = line(LIMITS.personNameChars);
const OrgName = line(LIMITS.personNameChars);

// Keys

const KeyName = line(64);
const keyBounds = {
  /** How many times the usual limits on requests it has. */
  rateMultiplier: Type.Optional(integer(1, LIMITS.rateMultiplier)),
  scopes: Type.Optional(list(ScopeName, SCOPES.length, { minItems: 1 })),
  /** A key with repositories sees and submits only tasks of these. */
  repositories: Type.Optional(RepositoryPatterns),
};
/** Without `ttlSeconds` the key lives until it is revoked. */
export const KeyBody = closed({
  role: MemberRoleName,
  name: KeyName,
  ttlSeconds: Type.Optional(integer(60, LIMITS.keyTtlSeconds)),
  ...keyBounds,
});
export type KeyBody = Data<typeof KeyBody>;

const keyFields = {
  id: line(64),
  role: RoleName,
  name: Type.String(),
  /** What may be shown of the key: its beginning. */
  hint: Type.Optional(Type.String()),
  createdAt: Timestamp,
  expiresAt: Type.Optional(Timestamp),
  ...keyBounds,
};
/** The key itself is shown only once. */
export const CreatedKey = closed({ ...keyFields, key: Type.String() });
export type CreatedKey = Data<typeof CreatedKey>;

/** `lastUsedAt` is right to ten minutes. */
export const KeyView = closed({
  ...keyFields,
  agent: Type.Optional(Slug),
  createdBy: Type.Optional(Type.String()),
  lastUsedAt: Type.Optional(Timestamp),
  replacedBy: Type.Optional(Type.String()),
  revokedAt: Type.Optional(Timestamp),
});
export type KeyView = Data<typeof KeyView>;

const KeyId = Type.String({ ...TaskId, mustBe: 'the id of a key, as `agentcom key list` shows it' });
export const KeyPage = page(KeyView);
export type KeyPage = Data<typeof KeyPage>;
export const KeyListQuery = closed({ limit, cursor: Type.Optional(KeyId) });
export type KeyListQuery = Data<typeof KeyListQuery>;
export const KeyPath = closed({ id: KeyId });

/** How long the old key goes on beside the new one. */
export const RotateBody = closed({ overlapSeconds: Type.Optional(integer(0, LIMITS.rotationOverlapSeconds)) });
export type RotateBody = Data<typeof RotateBody>;
/** The new key, shown only once, and when the old one ends. */
export const RotatedKey = closed({ id: Type.String(), key: Type.String(), oldExpiresAt: Timestamp });
export type RotatedKey = Data<typeof RotatedKey>;

// Enrolments

export const EnrolmentView = closed({
  id: Type.String(),
  /** Absent where nobody named it. */
  name: Type.Optional(Type.String()),
  createdBy: Type.String(),
  createdAt: Timestamp,
  expiresAt: Timestamp,
  uses: Type.Integer(),
  usesLeft: Type.Integer(),
  capabilities: Type.Array(Type.String()),
  ...agentBounds,
  revokedAt: Type.Optional(Timestamp),
});
export type EnrolmentView = Data<typeof EnrolmentView>;
export const EnrolmentPage = page(EnrolmentView);
export type EnrolmentPage = Data<typeof EnrolmentPage>;
export const EnrolmentPath = closed({ id: Id('an enrolment, as `agentcom agent invitations` shows it') });

// Organisations and their members

export const OrgBody = closed({ org: Slug, name: Type.Optional(OrgName) });
export type OrgBody = Data<typeof OrgBody>;
/** Who owns it: whoever made it, or whoever uses the invitation. */
export const CreatedOrg = closed({
  org: Slug,
  name: Type.Optional(Type.String()),
  invitation: Type.Optional(closed({ url: Type.String(), expiresAt: Timestamp })),
});
export type CreatedOrg = Data<typeof CreatedOrg>;
/** As whoever runs the hub sees it. */
export const OrgSummary = closed({
  org: Slug,
  name: Type.Optional(Type.String()),
  createdAt: Timestamp,
  members: Type.Integer(),
  agents: Type.Integer(),
  keys: Type.Integer(),
  tasks: Type.Integer(),
});
export type OrgSummary = Data<typeof OrgSummary>;
export const OrgPage = page(OrgSummary);
export type OrgPage = Data<typeof OrgPage>;
export const OrgListQuery = closed({ limit, cursor: Type.Optional(Type.String({ ...Slug, mustBe: mustBeCursor })) });
export type OrgListQuery = Data<typeof OrgListQuery>;

const Quota = integer(1, LIMITS.amount);
function forEachQuota<T extends TSchema>(schema: T): Record<QuotaName, T> {
  return Object.fromEntries(QUOTAS.map((name) => [name, schema])) as Record<QuotaName, T>;
}

/** Null gives a quota back to the config. */
const QuotaPatch = Type.Union([Quota, Type.Null()], {
  mustBe: 'a whole number from 1, or null for that of the config',
});
/** What is absent stays. */
export const OrgPatch = closed({
  quotas: closed(forEachQuota(Type.Optional(QuotaPatch))),
});
export type OrgPatch = Data<typeof OrgPatch>;

const Use = closed({ used: Type.Integer(), limit: Type.Integer() });
/** Now, and day by day in UTC, newest first. */
export const OrgUsage = closed({
  org: Slug,
  at: Timestamp,
  quotas: closed(forEachQuota(Use)),
  days: Type.Array(
    closed({
      day: Type.String(),
      submitted: Type.Integer(),
      completed: Type.Integer(),
      costMicros: Type.Integer({ description: 'What attempts said that they cost, in millionths.' }),
    }),
  ),
});
export type OrgUsage = Data<typeof OrgUsage>;
export const UsageQuery = closed({ days: Type.Optional(integer(1, 100)) });
export type UsageQuery = Data<typeof UsageQuery>;
export const OrgPath = closed({ org: Slug });

export const OrgView = closed({ org: Slug, name: Type.Optional(Type.String()), role: MemberRoleName });
export type OrgView = Data<typeof OrgView>;

export const MemberView = closed({
  id: Type.String(),
  email: Type.String(),
  name: Type.String(),
  role: MemberRoleName,
  since: Timestamp,
});
export type MemberView = Data<typeof MemberView>;
export const MemberPage = page(MemberView);
export type MemberPage = Data<typeof MemberPage>;
export const MemberPath = closed({ id: Id('a member, as `agentcom member list` shows it') });
export const MemberPatch = closed({ role: MemberRoleName });
export type MemberPatch = Data<typeof MemberPatch>;

/** With `email` only an account of that address can use it. */
export const InviteBody = closed({
  role: MemberRoleName,
  email: Type.Optional(EmailAddress),
  ttlSeconds: Type.Optional(integer(60, LIMITS.invitationTtlSeconds)),
});
export type InviteBody = Data<typeof InviteBody>;
/** The link holds a secret and is shown only once. */
export const Link = closed({ url: Type.String(), expiresAt: Timestamp });
export type Link = Data<typeof Link>;
export const Invited = closed({
  id: Type.String(),
  ...Link.properties,
  mailed: Type.Optional(Type.Boolean({ description: 'Whether the link is also mailed to `email`.' })),
});
export type Invited = Data<typeof Invited>;
export const InvitationView = closed({
  id: Type.String(),
  role: MemberRoleName,
  email: Type.Optional(Type.String()),
  createdBy: Type.String(),
  createdAt: Timestamp,
  expiresAt: Timestamp,
});
export type InvitationView = Data<typeof InvitationView>;
/** A person, or a key by its name. */
export const Inviter = closed({ name: Type.String(), email: Type.Optional(Type.String()) });
export type Inviter = Data<typeof Inviter>;
/** As whoever was invited sees it. `invitedBy` is absent where those who run the hub invite to another organisation, or the key is gone. */
export const OpenInvitation = closed({
  org: Slug,
  name: Type.Optional(Type.String()),
  role: MemberRoleName,
  /** Whose account alone can use it. */
  email: Type.Optional(Type.String()),
  invitedBy: Type.Optional(Inviter),
  expiresAt: Timestamp,
});
export type OpenInvitation = Data<typeof OpenInvitation>;
export const InvitationPage = page(InvitationView);
export type InvitationPage = Data<typeof InvitationPage>;
export const InvitationPath = closed({ id: Id('an invitation, as `agentcom member invitations` shows it') });

// Accounts and sessions

/** By an invitation, or with an organisation of one's own where the hub lets everybody register. */
export const RegistrationBody = closed({
  email: EmailAddress,
  name: PersonName,
  password: Password,
  invitation: Type.Optional(SecretToken),
  org: Type.Optional(Slug),
  orgName: Type.Optional(OrgName),
});
export type RegistrationBody = Data<typeof RegistrationBody>;

/** Of an authenticator app, or one to recover with. */
const Code = Type.String({ pattern: '^[A-Za-z0-9 -]{6,32}$', mustBe: 'the six digits of the app, or a recovery code' });

/** Either `email` and `password`, with a `code` where the account has turned on codes of an app, or `token` from a link that signs in. */
export const SignInBody = closed({
  email: Type.Optional(EmailAddress),
  password: Type.Optional(Type.String({ minLength: 1, maxBytes: LIMITS.passwordBytes })),
  code: Type.Optional(Code),
  token: Type.Optional(SecretToken),
  org: Type.Optional(Slug),
});
export type SignInBody = Data<typeof SignInBody>;

/** What a page that signs people in has to offer. */
export const SignInOptions = closed({
  registration: oneOf(['invitation', 'open']),
  /** Whether an identity provider is set up: a browser signs in there by `GET /sign-in/oidc`. */
  provider: Type.Boolean(),
  /** Whether the hub mails links to set a new password. */
  mail: Type.Boolean(),
});
export type SignInOptions = Data<typeof SignInOptions>;

export const Me = closed({
  org: Slug,
  role: RoleName,
  /** As histories name this caller. */
  caller: Type.String(),
  name: Type.String(),
  email: Type.Optional(Type.String()),
  scopes: Type.Optional(Type.Array(ScopeName)),
  repositories: Type.Optional(Type.Array(Type.String())),
  /** All that this caller may do, of whatever reach. */
  actions: Type.Array(oneOf(ACTIONS)),
  /** The roles that it may give, to keys and to members. */
  grants: Type.Array(MemberRoleName),
  /** Of a person: all that it is a member of. */
  orgs: Type.Optional(Type.Array(OrgView)),
  /** Of a person who signs in with codes of an app. */
  totp: Type.Optional(closed({ recoveryCodesLeft: Type.Integer() })),
  session: Type.Optional(Type.String()),
  expiresAt: Type.Optional(Timestamp),
});
export type Me = Data<typeof Me>;

export const SessionView = closed({
  id: Type.String(),
  org: Slug,
  createdAt: Timestamp,
  lastUsedAt: Timestamp,
  expiresAt: Timestamp,
  address: Type.String(),
  userAgent: Type.Optional(Type.String()),
  current: Type.Boolean(),
});
export type SessionView = Data<typeof SessionView>;
export const SessionPage = page(SessionView);
export type SessionPage = Data<typeof SessionPage>;
export const SessionPath = closed({
  id: Type.String({
    pattern: '^(?:[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}|current)$',
    mustBe: 'the id of a session, or `current`',
  }),
});
export const MemberSessionPath = closed({ ...MemberPath.properties, session: Id('a session of the member') });
export const SwitchBody = closed({ org: Slug });
export type SwitchBody = Data<typeof SwitchBody>;

export const PasswordBody = closed({
  password: Password,
  /** The one until now. Where there was none, whoever signed in less than ten minutes ago needs none. */
  current: Type.Optional(Type.String({ minLength: 1, maxBytes: LIMITS.passwordBytes })),
});
export type PasswordBody = Data<typeof PasswordBody>;
export const ResetBody = closed({ token: SecretToken, password: Password });
export type ResetBody = Data<typeof ResetBody>;
export const MailResetBody = closed({ email: EmailAddress });
export type MailResetBody = Data<typeof MailResetBody>;
export const MembershipBody = closed({ token: SecretToken });
export type MembershipBody = Data<typeof MembershipBody>;

const ProviderText = Type.Optional(
  Type.String({ maxLength: 2560, pattern: '^[\\x20-\\x7e]*$', mustBe: 'at most 2,560 printable ASCII characters' }),
);
/** What an identity provider adds to the address it sends a browser back to. Providers add more than that (`session_state`, `scope`, …). */
export const ProviderAnswer = Type.Object(
  { code: ProviderText, state: ProviderText, iss: ProviderText, error: ProviderText },
  { additionalProperties: true },
);
export type ProviderAnswer = Data<typeof ProviderAnswer>;

// Codes of an authenticator app

/** The current password; without it, only whoever signed in less than ten minutes ago may. */
export const ConfirmBody = closed({
  current: Type.Optional(Type.String({ minLength: 1, maxBytes: LIMITS.passwordBytes })),
});
export type ConfirmBody = Data<typeof ConfirmBody>;
/** For the app, as text and as the address that QR codes hold. Shown only once. */
export const TotpSecret = closed({ secret: Type.String(), url: Type.String() });
export type TotpSecret = Data<typeof TotpSecret>;
export const CodeBody = closed({ code: Code });
export type CodeBody = Data<typeof CodeBody>;
/** Each is good once, in place of a code of the app. Shown only once. */
export const RecoveryCodes = closed({ recoveryCodes: Type.Array(Type.String()) });
export type RecoveryCodes = Data<typeof RecoveryCodes>;

// Passkeys

const Bytes = (chars: number) =>
  Type.String({ pattern: '^[A-Za-z0-9_-]*$', minLength: 1, maxLength: chars, mustBe: 'base64url without padding' });
/** For `navigator.credentials`, as `PublicKeyCredential.parseCreationOptionsFromJSON` or `parseRequestOptionsFromJSON` takes it. */
export const PasskeyOptions = closed({ publicKey: Type.Object({ challenge: Type.String() }) });
export type PasskeyOptions = Data<typeof PasskeyOptions>;
/** What `toJSON()` of the new credential holds. */
export const PasskeyBody = closed({
  name: line(64),
  credential: closed({ id: Bytes(1364), clientDataJSON: Bytes(4096), attestationObject: Bytes(8192) }),
});
export type PasskeyBody = Data<typeof PasskeyBody>;
export const PasskeyView = closed({
  id: Type.String(),
  name: Type.String(),
  createdAt: Timestamp,
  lastUsedAt: Type.Optional(Timestamp),
});
export type PasskeyView = Data<typeof PasskeyView>;
export const PasskeyPage = page(PasskeyView);
export type PasskeyPage = Data<typeof PasskeyPage>;
export const PasskeyPath = closed({ id: Id('a passkey, as `GET /api/v1/me/passkeys` shows it') });
/** What `toJSON()` of the credential holds. */
export const PasskeySignInBody = closed({
  credential: closed({
    id: Bytes(1364),
    clientDataJSON: Bytes(4096),
    authenticatorData: Bytes(4096),
    signature: Bytes(4096),
    userHandle: Type.Optional(Bytes(128)),
  }),
  org: Type.Optional(Slug),
});
export type PasskeySignInBody = Data<typeof PasskeySignInBody>;
