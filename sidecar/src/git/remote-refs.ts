// What the remote's branches and tags were when they were fetched last, listed once for everything that asks.

import { writeFile } from 'node:fs/promises';
import { contentOf } from '../host/own-file.js';

const BRANCHES = 'refs/remotes/origin/';
const TAGS = 'refs/tags/';

export const LISTED = [BRANCHES, TAGS] as const;

export class RemoteRefs {
  #branches: ReadonlyMap<string, string> | undefined;
  #tags: ReadonlyMap<string, string> | undefined;

  /** `<commit> <ref>` in lines, sorted by ref. */
  constructor(readonly listing: string) {}

  /** The names of the branches. */
  get names(): readonly string[] {
    return [...this.branches.keys()];
  }

  /** The commit of a branch, if it is there. */
  tip(branch: string): string | undefined {
    return this.branches.get(branch);
  }

  /** The commits of the branches, by name. */
  get branches(): ReadonlyMap<string, string> {
    this.#branches ??= this.#under(BRANCHES);
    return this.#branches;
  }

  /** The objects of the tags, by name. */
  get tags(): ReadonlyMap<string, string> {
    this.#tags ??= this.#under(TAGS);
    return this.#tags;
  }

  #under(prefix: string): ReadonlyMap<string, string> {
    return new Map(
      this.listing.split('\n').flatMap((line) => {
        const at = line.indexOf(` ${prefix}`);
        return at === -1 ? [] : [[line.slice(at + 1 + prefix.length), line.slice(0, at)] as const];
      }),
    );
  }
}

/** The first line, where tags are noted too; without a space, since versions before that skip such a line. */
const WITH_TAGS = 'with-tags';

/** Keeps what the remote has before the agent begins: the branches as `<commit> <name>`, the tags as `<object> refs/tags/<name>`. */
export async function noteRefs({ branches, tags }: RemoteRefs, file: string): Promise<void> {
  const lines = [
    `${WITH_TAGS}\n`,
    ...[...branches].map(([name, commit]) => `${commit} ${name}\n`),
    ...[...tags].map(([name, object]) => `${object} ${TAGS}${name}\n`),
  ];
  await writeFile(file, lines.join(''), { mode: 0o600 });
}

export interface RefsBefore {
  readonly branches: ReadonlyMap<string, string>;
  /** Undefined when that was not noted. */
  readonly tags: ReadonlyMap<string, string> | undefined;
}

/** Without the file, every branch counts as moved: slower, and as right. */
export async function refsBefore(file: string): Promise<RefsBefore> {
  const branches = new Map<string, string>();
  const tags = new Map<string, string>();
  const lines = (await contentOf(file)).split('\n');
  for (const line of lines) {
    const at = line.indexOf(' ');
    const [name, object] = [line.slice(at + 1), line.slice(0, at)];
    if (at === -1) continue;
    if (name.startsWith(TAGS)) tags.set(name.slice(TAGS.length), object);
    else branches.set(name, object);
  }
  return { branches, tags: lines[0] === WITH_TAGS ? tags : undefined };
}
