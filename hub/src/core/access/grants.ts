// Who may give which role.

import { MEMBER_ROLES, type MemberRole, type Role } from '@agentcom/schemas';

/** The roles that a caller may give, to keys and to members. */
export const GRANTS: Readonly<Record<Role, readonly MemberRole[]>> = {
  owner: MEMBER_ROLES,
  admin: MEMBER_ROLES.filter((role) => role !== 'owner'),
  operator: [],
  developer: ['developer', 'submitter', 'viewer'],
  submitter: [],
  viewer: [],
  agent: [],
};
