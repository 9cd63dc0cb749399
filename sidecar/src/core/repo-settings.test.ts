import { describe, expect, it } from 'vitest';
import { NO_SETTINGS, repoSettings } from './repo-settings.js';

describe('the settings of a repository', () => {
  it('are none when the file is empty', () => {
    expect(repoSettings({})).toEqual({ ok: true, value: NO_SETTINGS });
  });

  it('are taken as they are', () => {
    const value = {
      setup: ['npm ci'],
      files: ['.env', 'config/local.json'],
      keep: ['out/*.html'],
      inactivitySeconds: 900,
      verify: ['npm run check', 'npm test'],
      protectedBranches: ['release/*'],
      pullRequest: { draft: false, labels: ['bot'], reviewers: ['ada'] },
    };
    expect(repoSettings(value)).toEqual({ ok: true, value });
  });

  it.each([
    [[], ''],
    [{ verify: 'npm test' }, 'verify'],
    [{ verify: ['ok', ''] }, 'verify[1]'],
    [{ verify: ['a\nb'] }, 'verify[0]'],
    [{ verify: ['ok', 'npm ci && npm test'] }, 'verify[1]'],
    [{ verify: ['x'.repeat(1025)] }, 'verify[0]'],
    [{ verify: [1] }, 'verify[0]'],
    [{ verify: Array(17).fill('x') }, 'verify'],
    [{ setup: ['npm ci; npm test'] }, 'setup[0]'],
    [{ files: ['../.env'] }, 'files[0]'],
    [{ files: ['/etc/passwd'] }, 'files[0]'],
    [{ files: ['ok', '.git/config'] }, 'files[1]'],
    [{ files: ['a//b'] }, 'files[0]'],
    [{ keep: ['./x'] }, 'keep[0]'],
    [{ inactivitySeconds: 0 }, 'inactivitySeconds'],
    [{ inactivitySeconds: '15m' }, 'inactivitySeconds'],
    [{ protectedBranches: Array(65).fill('x') }, 'protectedBranches'],
    [{ verfy: [] }, 'verfy'],
    [{ pullRequest: true }, 'pullRequest'],
    [{ pullRequest: { draft: 'yes' } }, 'pullRequest.draft'],
    [{ pullRequest: { labels: ['x'.repeat(65)] } }, 'pullRequest.labels[0]'],
    [{ pullRequest: { merge: true } }, 'pullRequest.merge'],
  ])('%j is refused by the name of its field', (content, field) => {
    expect(repoSettings(content)).toMatchObject({ ok: false, field });
  });
});
