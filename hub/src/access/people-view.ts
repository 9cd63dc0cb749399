// People, keys, organisations and sessions as one caller may see them.

import type { Inviter, OpenInvitation, OrgSummary, OrgUsage } from '@agentcom/schemas';
import { QUOTAS } from '@agentcom/schemas/names';
import {
  type Enrolment,
  type Key,
  type Member,
  memberKey,
  type OneTimeToken,
  type Org,
  type Passkey,
  type Person,
  type Session,
  type TokenPurpose,
} from '../core/access/access.js';
import { tokenFor } from '../core/access/tokens.js';
import { dateOf, quotaOf, usedOf } from '../core/access/usage.js';
import { openInvitationView } from '../core/access/view.js';
import { iso } from '../core/iso.js';
import { Refusal } from '../core/refusal.js';
import type { State } from '../core/state.js';
import type { Caller } from './authenticate.js';
import { isMore, type Reach, reachOf } from './policy.js';

export abstract class PeopleView {
  protected readonly state: State;
  protected readonly org: string | undefined;
  /** As whoever submitted what it submitted. */
  protected readonly by: string;
  /** Patterns; undefined where all repositories are the caller's to see, and tasks without one. */
  protected readonly repositories: readonly string[] | undefined;
  readonly #person: string | undefined;
  readonly #session: string | undefined;
  readonly #keys: Reach | undefined;
  readonly #members: Reach | undefined;
  readonly #enrolments: Reach | undefined;
  readonly #invitations: Reach | undefined;
  readonly #sessions: Reach | undefined;

  constructor(state: State, caller: Caller | undefined) {
    this.state = state;
    this.org = caller?.org;
    this.by = caller?.by ?? '';
    this.repositories = caller?.repositories;
    this.#person = caller?.person;
    this.#session = caller?.session;
    this.#keys = caller && reachOf(caller, 'keys.manage');
    this.#members = caller && reachOf(caller, 'members.read');
    this.#enrolments = caller && reachOf(caller, 'agents.invite');
    this.#invitations = caller && reachOf(caller, 'members.manage');
    this.#sessions = caller && reachOf(caller, 'members.sessions');
  }

  keys(): Key[] {
    const keys = this.org === undefined || this.#keys === undefined ? [] : this.state.access.keysOf.of(this.org);
    return this.#keys === 'own' ? keys.filter(({ by }) => by === this.by) : [...keys];
  }

  key(id: string): Key | undefined {
    const key = this.state.access.keys.get(id);
    if (key === undefined || key.org !== this.org || this.#keys === undefined) return undefined;
    return this.#keys === 'own' && key.by !== this.by ? undefined : key;
  }

  /** Oldest first, as all that follows. */
  enrolments(): readonly Enrolment[] {
    if (this.org === undefined || this.#enrolments === undefined) return [];
    return this.state.access.enrolmentsOf
      .of(this.org)
      .filter(({ repositories }) => !isMore(this.repositories, repositories));
  }

  members(): readonly (readonly [Member, Person])[] {
    const members =
      this.org === undefined || this.#members === undefined ? [] : this.state.access.membersOf.of(this.org);
    return members.map((member) => [member, this.state.people.get(member.person) as Person]);
  }

  /** Open ones. */
  invitations(): readonly OneTimeToken[] {
    if (this.org === undefined || this.#invitations === undefined) return [];
    return this.state.access.tokensOf.of(this.org).filter(({ purpose }) => purpose === 'invitation');
  }

  /** The caller's own, of whoever signed in the same way. */
  sessions(): readonly Session[] {
    const session = this.#session === undefined ? undefined : this.state.access.sessions.get(this.#session);
    const holder = session?.person ?? session?.key ?? /^key:(.+)$/.exec(this.by)?.[1];
    return holder === undefined ? [] : this.state.access.sessionsOf.of(holder);
  }

  /** Those in the caller's organisation; undefined for anyone who is not a member. */
  sessionsOf(person: string): readonly Session[] | undefined {
    const org = this.#sessions === undefined ? undefined : this.org;
    if (org === undefined || !this.state.members.has(memberKey(org, person))) return undefined;
    return this.state.access.sessionsOf.of(person).filter((session) => session.org === org);
  }

  /** Whose address that is, for whoever is about to prove to be that one. */
  account(email: string): Person | undefined {
    return this.state.access.emails.get(email);
  }

  /** The first organisation of an account. */
  homeOf(person: string): string | undefined {
    return this.state.access.membershipsOf.of(person)[0]?.org;
  }

  /** Whether there is such a link, for whoever is about to use it. */
  isOpenToken(hash: string, purpose: TokenPurpose, now: number): boolean {
    return !(tokenFor({ state: this.state, now }, hash, purpose) instanceof Refusal);
  }

  /** For whoever holds its link; undefined where it is unknown, used or expired. */
  openInvitation(hash: string, now: number): OpenInvitation | undefined {
    const token = tokenFor({ state: this.state, now }, hash, 'invitation');
    if (token instanceof Refusal) return undefined;
    return openInvitationView(token, this.state.orgs.get(token.org), this.inviter(token.by, token.org));
  }

  /** Who invites to an organisation. Its members do not hear what the keys of another one are called. */
  inviter(by: string, org: string): Inviter | undefined {
    const [kind, id = ''] = by.split(':');
    if (kind === 'person') return this.state.people.get(id);
    const key = kind === 'key' ? this.state.access.keys.get(id) : undefined;
    return key?.org === org ? { name: key.name } : undefined;
  }

  /** All there are, by name; routes let only those look who run the hub. */
  orgs(): readonly Org[] {
    return [...this.state.orgs.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** Of the caller's organisation, or of another one where routes let somebody look. */
  usage(now: number, days: number, org = this.org ?? ''): OrgUsage {
    const quotas = QUOTAS.map((name) => [
      name,
      { used: usedOf(this.state, org, name, now), limit: quotaOf(this.state, org, name) },
    ]);
    const counted = this.state.usage.get(org);
    const ledger = this.state.ledger.of(org);
    const known = new Set([...(counted?.keys() ?? []), ...Array.from(ledger?.days() ?? [], ([day]) => day)]);
    const newest = [...known].sort((a, b) => b - a).slice(0, days);
    return {
      org,
      at: iso(now),
      quotas: Object.fromEntries(quotas) as OrgUsage['quotas'],
      days: newest.map((day) => ({
        day: dateOf(day),
        ...(counted?.get(day) ?? { submitted: 0, completed: 0 }),
        costMicros: ledger?.costOn(day) ?? 0,
      })),
    };
  }

  orgSummary({ id: org, name, createdAt }: Org): OrgSummary {
    const { access, agentsByOrg, taskIndex } = this.state;
    return {
      org,
      ...(name !== undefined && { name }),
      createdAt: iso(createdAt),
      members: access.membersOf.size(org),
      agents: agentsByOrg.get(org)?.size ?? 0,
      keys: access.keysOf.size(org),
      tasks: Object.values(taskIndex.counts(org)).reduce((sum, count) => sum + count, 0),
    };
  }

  /** The caller itself, where it is a person. */
  person(): Person | undefined {
    return this.#person === undefined ? undefined : this.state.people.get(this.#person);
  }

  /** The caller's own. */
  passkeys(): readonly Passkey[] {
    return this.person()?.passkeys ?? [];
  }

  /** Whose passkey that is, for whoever is about to prove to be that one. */
  passkeyOf(credential: string): { readonly person: Person; readonly passkey: Passkey } | undefined {
    const person = this.state.access.passkeys.get(credential);
    const passkey = person?.passkeys?.find((one) => one.credential === credential);
    return person && passkey && { person, passkey };
  }

  /** All that the caller is a member of. */
  memberships(): readonly (readonly [Member, Org])[] {
    const memberships = this.#person === undefined ? [] : this.state.access.membershipsOf.of(this.#person);
    return memberships.map((member) => [member, this.state.orgs.get(member.org) as Org]);
  }
}
