// Forges that let a machine fetch and not push. Over ssh each says so in words of its own, and then git says what it says of a lost line.

import { chown } from 'node:fs/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ANY_GATE, Place } from './fixture.js';
import { Git } from './git.js';

let place: Place;

beforeEach(async () => {
  place = await Place.make();
});
afterEach(() => place.remove());

it.each([
  'ERROR: Permission to team/roof.git denied to tern.',
  'ERROR: The key you are authenticating with has been marked as read only.',
  'ERROR: This repository was archived so it is read-only.',
  'ERROR: Write access to repository not granted.',
  'remote: ERROR: You are not allowed to push code to this project.',
  'remote: ERROR: This deploy key does not have write access to this project.',
  'Gitea: User permission denied for writing.',
  'remote: TF401027: You need the Git GenericContribute permission to perform this action.',
])('is known before the agent starts: %s', async (said) => {
  const program = await place.program(
    `case "$*" in *" push "*) echo "${said}" >&2; echo "fatal: Could not read from remote repository." >&2; exit 128 ;; esac`,
  );
  const git = new Git({ program, env: place.env, timeoutMs: 30_000, gate: ANY_GATE });
  const { signal } = new AbortController();
  expect(await place.workspaces({ git }).prepare(place.job(), signal)).toMatchObject({
    ok: false,
    failure: { class: 'permanent', code: 'git.push_denied', mend: 'person', message: expect.stringContaining(said) },
  });
});

it.runIf(process.getuid?.() === 0)(
  'names the owner, and what to do, of a repository that git does not trust',
  async () => {
    await chown(place.origin, 65534, 65534);
    const outcome = await place.workspaces().prepare(place.job(), new AbortController().signal);
    const remedy = `git config --global --add safe.directory '${place.origin}'`;
    expect(outcome).toMatchObject({
      ok: false,
      failure: { class: 'permanent', code: 'git.dubious_ownership', message: expect.stringContaining(remedy) },
    });
    await place.git(place.root, 'config', '--global', '--add', 'safe.directory', place.origin);
    await place.prepared(place.workspaces());
  },
);
