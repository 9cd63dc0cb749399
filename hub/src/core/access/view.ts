// Keys, enrolments, people and their sessions as the outside sees them.

import type {
  EnrolmentView,
  InvitationView,
  Inviter,
  KeyView,
  MemberView,
  OpenInvitation,
  OrgView,
  PasskeyView,
  SessionView,
} from '@agentcom/schemas';
import { iso } from '../iso.js';
import {
  type Enrolment,
  type Key,
  type Member,
  type OneTimeToken,
  type Org,
  type Passkey,
  type Person,
  type Session,
  sessionEndsAt,
} from './access.js';

export function keyView(key: Key): KeyView {
  return {
    id: key.id,
    role: key.role,
    name: key.name,
    ...(key.hint !== undefined && { hint: key.hint }),
    ...(key.agent !== undefined && { agent: key.agent }),
    ...(key.by !== undefined && { createdBy: key.by }),
    createdAt: iso(key.createdAt),
    ...(key.scopes !== undefined && { scopes: key.scopes }),
    ...(key.repositories !== undefined && { repositories: key.repositories }),
    ...(key.rateMultiplier !== undefined && { rateMultiplier: key.rateMultiplier }),
    ...(key.expiresAt !== undefined && { expiresAt: iso(key.expiresAt) }),
    ...(key.usedAt !== undefined && { lastUsedAt: iso(key.usedAt) }),
    ...(key.replacedBy !== undefined && { replacedBy: key.replacedBy }),
    ...(key.revokedAt !== undefined && { revokedAt: iso(key.revokedAt) }),
  };
}

export function enrolmentView(enrolment: Enrolment): EnrolmentView {
  const { id, name, by: createdBy, uses, usesLeft, capabilities, runners, repositories } = enrolment;
  const { createdAt, expiresAt, revokedAt } = enrolment;
  const times = { createdAt: iso(createdAt), expiresAt: iso(expiresAt) };
  const end = revokedAt === undefined ? {} : { revokedAt: iso(revokedAt) };
  const bounds = { ...(runners !== undefined && { runners }), ...(repositories !== undefined && { repositories }) };
  const called = name === undefined ? {} : { name };
  return { id, ...called, createdBy, uses, usesLeft, capabilities, ...bounds, ...times, ...end };
}

export function memberView([{ role, createdAt }, { id, email, name }]: readonly [Member, Person]): MemberView {
  return { id, email, name, role, since: iso(createdAt) };
}

export function orgView([{ role }, { id: org, name }]: readonly [Member, Org]): OrgView {
  return { org, ...(name !== undefined && { name }), role };
}

export function invitationView(token: OneTimeToken): InvitationView {
  const { id, email, role = 'viewer', by: createdBy, createdAt, expiresAt } = token;
  const address = email === undefined ? {} : { email };
  return { id, role, ...address, createdBy, createdAt: iso(createdAt), expiresAt: iso(expiresAt) };
}

export function openInvitationView(
  { org, role = 'viewer', email, expiresAt }: OneTimeToken,
  of: Org | undefined,
  by: Inviter | undefined,
): OpenInvitation {
  const inviter = by && { name: by.name, ...(by.email !== undefined && { email: by.email }) };
  return {
    org,
    ...(of?.name !== undefined && { name: of.name }),
    role,
    ...(email !== undefined && { email }),
    ...(inviter && { invitedBy: inviter }),
    expiresAt: iso(expiresAt),
  };
}

export function sessionView(session: Session, current: string | undefined): SessionView {
  const { id, org, createdAt, usedAt, address, userAgent } = session;
  const times = { createdAt: iso(createdAt), lastUsedAt: iso(usedAt), expiresAt: iso(sessionEndsAt(session)) };
  const from = { address, ...(userAgent !== undefined && { userAgent }) };
  return { id, org, ...times, ...from, current: id === current };
}

export function passkeyView({ id, name, createdAt, usedAt }: Passkey): PasskeyView {
  return { id, name, createdAt: iso(createdAt), ...(usedAt !== undefined && { lastUsedAt: iso(usedAt) }) };
}
