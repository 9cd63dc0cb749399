// What belongs to whom, so that no question about one organisation or person looks at those of all.

import type { Enrolment, Key, Member, OneTimeToken, Person, Session } from './access.js';

export class AccessIndex {
  /** Keys, sessions and people by their ids, people also by their addresses. */
  readonly keys = new Map<string, Key>();
  readonly sessions = new Map<string, Session>();
  readonly emails = new Map<string, Person>();
  /** By what the authenticators call them. */
  readonly passkeys = new Map<string, Person>();
  /** Of `identityKey`. */
  readonly identities = new Map<string, Person>();
  readonly keysOf = new Groups<Key>();
  readonly enrolmentsOf = new Groups<Enrolment>();
  readonly tokensOf = new Groups<OneTimeToken>();
  /** For an e-mail address, in whatever organisation. */
  readonly invitationsFor = new Groups<OneTimeToken>();
  /** Of an organisation, and of a person. */
  readonly membersOf = new Groups<Member>();
  readonly membershipsOf = new Groups<Member>();
  /** Of a person, and of a key. */
  readonly sessionsOf = new Groups<Session>();
}

export class Groups<T> {
  readonly #groups = new Map<string, Set<T>>();

  add(owner: string, item: T): void {
    const group = this.#groups.get(owner);
    if (group === undefined) this.#groups.set(owner, new Set([item]));
    else group.add(item);
  }

  delete(owner: string, item: T): void {
    const group = this.#groups.get(owner);
    if (group?.delete(item) === true && group.size === 0) this.#groups.delete(owner);
  }

  /** In the order they were added. */
  of(owner: string): readonly T[] {
    return [...(this.#groups.get(owner) ?? [])];
  }

  size(owner: string): number {
    return this.#groups.get(owner)?.size ?? 0;
  }
}
