import { describe, expect, it } from 'vitest';
import { configText, validateConfig, withLocalRepositories } from './agent-config.js';

describe('repositories on this machine', () => {
  it('are allowed by the settings of an agent whose hub is here, and by no others', () => {
    expect(withLocalRepositories({}, true)).toEqual({ git: { directories: ['*'], localHosts: ['*'] } });
    expect(withLocalRepositories({}, false)).toEqual({});
    const { directories, localHosts } = validateConfig({}, 'nowhere').git;
    expect([directories, localHosts]).toEqual([[], []]);
  });

  it('stay as they are set', () => {
    const set = { git: { program: '/opt/git', directories: [], localHosts: ['localhost:3000'] } };
    expect(withLocalRepositories(set, true)).toEqual(set);
    expect(withLocalRepositories({ git: { directories: ['/srv/*'] } }, true)).toEqual({
      git: { directories: ['/srv/*'], localHosts: ['*'] },
    });
  });

  it('are written before the section to which people add lines at the end', () => {
    const own = { hub: 'http://127.0.0.1:1', keyFile: 'k', name: 'tern', stateDir: 's', repoRoot: 'r' };
    const text = configText({ ...withLocalRepositories({}, true), runner: { kind: 'command' } }, own);
    expect(text.indexOf('[git]')).toBeLessThan(text.indexOf('[runner]'));
  });
});
