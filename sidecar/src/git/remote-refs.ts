// What the remote's branches and tags were when they were fetched last, listed once for everything that asks.

const BRANCHES = 'refs/remotes/origin/';

export const LISTED = [BRANCHES, 'refs/tags/'] as const;

export class RemoteRefs {
  /** `<commit> <ref>` in lines, sorted by ref. */
  constructor(readonly listing: string) {}

  /** The branches as `<commit> <name>` in lines. */
  get heads(): string {
    return this.#branches.map(([commit, name]) => `${commit} ${name}\n`).join('');
  }

  /** The names of the branches. */
  get names(): readonly string[] {
    return this.#branches.map(([, name]) => name);
  }

  /** The commit of a branch, if it is there. */
  tip(branch: string): string | undefined {
    return this.#branches.find(([, name]) => name === branch)?.[0];
  }

  get #branches(): readonly (readonly [commit: string, name: string])[] {
    return this.listing.split('\n').flatMap((line) => {
      const at = line.indexOf(` ${BRANCHES}`);
      return at === -1 ? [] : [[line.slice(0, at), line.slice(at + 1 + BRANCHES.length)] as const];
    });
  }
}
