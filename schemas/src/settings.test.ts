import { describe, expect, it } from 'vitest';
import { examplesByName } from './examples/index.js';
import { PROGRAMS, type Program } from './programs.js';
import { type Resolved, resolveSettings, type SettingSources, settingsOf } from './settings.js';
import { compile } from './validate.js';

function noFile(): never {
  throw new Error('no such file');
}

function hub(sources: Omit<SettingSources, 'readFile'>, readFile: SettingSources['readFile'] = noFile) {
  return resolveSettings('hub', { ...sources, readFile }, compile);
}

function complaints(resolved: Resolved<Program>) {
  return resolved.ok ? [] : resolved.details.map(({ path, message }) => `${path} ${message}`);
}

const file = (content: Record<string, unknown>) => ({ name: 'hub.toml', content });

describe('where a setting comes from', () => {
  it('is its default when nobody gives it', () => {
    expect(hub({})).toMatchObject({ ok: true, value: { port: 7700, host: '127.0.0.1', heartbeatSeconds: 15 } });
  });

  it('is the flag, else the variable, else the file', () => {
    const all = { flags: { port: 1 }, env: { AGENTCOM_PORT: '2' }, file: file({ port: 3 }) };
    expect(hub(all)).toMatchObject({ value: { port: 1 } });
    expect(hub({ ...all, flags: { port: undefined } })).toMatchObject({ value: { port: 2 } });
    expect(hub({ ...all, flags: {}, env: { AGENTCOM_PORT: '' } })).toMatchObject({ value: { port: 3 } });
  });

  it('reads texts as what they stand for, from flags and variables but not from the file', () => {
    expect(hub({ flags: { port: '0' } })).toMatchObject({ value: { port: 0 } });
    expect(complaints(hub({ file: file({ port: '0' }) }))).toEqual(['port in hub.toml must be an integer']);
  });

  it('reads lengths of time where seconds are asked for, wherever they are given', () => {
    const seconds = (given: Omit<SettingSources, 'readFile'>) => hub(given);
    expect(seconds({ env: { AGENTCOM_OUTPUT_SECONDS: '14d' } })).toMatchObject({ value: { outputSeconds: 1_209_600 } });
    expect(seconds({ file: file({ heartbeatSeconds: '1m30s' }) })).toMatchObject({ value: { heartbeatSeconds: 90 } });
    expect(complaints(seconds({ env: { AGENTCOM_HEARTBEAT_SECONDS: '5y' } }))).toEqual([
      'AGENTCOM_HEARTBEAT_SECONDS must be an integer',
    ]);
    expect(complaints(seconds({ env: { AGENTCOM_HEARTBEAT_SECONDS: '1500ms' } }))).toHaveLength(1);
    expect(complaints(seconds({ env: { AGENTCOM_PORT: '2h' } }))).toHaveLength(1);
  });

  it('follows sections of the file, and joins their names with hyphens and underscores elsewhere', () => {
    const given = { hub: 'http://hub', keyFile: 'k', name: 'a', stateDir: 's', repoRoot: 'r' };
    const content = { ...given, runner: { argv: ['x'], stopGraceSeconds: 5 }, git: { authorName: 'A' } };
    const env = {
      AGENTCOM_SIDECAR_RUNNER_ARGV: '["my agent","a,b"]',
      AGENTCOM_SIDECAR_CAPABILITIES: 'git, node',
      AGENTCOM_SIDECAR_PULL_REQUEST_DRAFT: 'true',
    };
    expect(resolveSettings('sidecar', { env, file: { name: 'f', content }, readFile: noFile }, compile)).toMatchObject({
      ok: true,
      value: {
        ...given,
        capabilities: ['git', 'node'],
        logLevel: 'info',
        runner: { kind: 'command', argv: ['my agent', 'a,b'], stopGraceSeconds: 5, inactivitySeconds: 900 },
        pullRequest: { draft: true },
        git: { authorName: 'A', authorEmail: 'agent@agentcom.invalid', program: 'git', timeoutSeconds: 600 },
      },
    });
  });
});

describe('a setting that is wrong', () => {
  it('is named as it was given', () => {
    expect(complaints(hub({ flags: { dataDir: '' } }))[0]).toMatch(/^--data-dir /);
    expect(complaints(hub({ env: { AGENTCOM_PORT: '99999' } }))).toEqual(['AGENTCOM_PORT must be at most 65535']);
    expect(complaints(hub({ env: { AGENTCOM_PORT: '7e3' } }))).toEqual(['AGENTCOM_PORT must be an integer']);
    expect(complaints(hub({ file: file({ backupKeep: 0 }) }))).toEqual(['backupKeep in hub.toml must be at least 1']);
    const content = { runner: { argv: ['x', 5] } };
    expect(
      complaints(resolveSettings('sidecar', { file: { name: 'f', content }, readFile: noFile }, compile)),
    ).toContain('runner.argv in f/1 must be a string');
  });

  it('is named by its key when it is missing', () => {
    const missing = complaints(resolveSettings('sidecar', { readFile: noFile }, compile));
    expect(missing.sort()).toEqual(
      ['hub', 'keyFile', 'name', 'repoRoot', 'stateDir'].map((key) => `${key} is required`),
    );
  });
});

describe('what is not a setting', () => {
  it('is refused by name, wherever it stands', () => {
    const resolved = hub({
      flags: { colour: 'blue' },
      env: { AGENTCOM_COLOUR: 'blue', COLOUR: 'blue' },
      file: file({ colour: 'blue', 'runner.argv': [], port: 1 }),
    });
    expect(complaints(resolved)).toEqual([
      '--colour is not a setting',
      'AGENTCOM_COLOUR is not a setting',
      'colour in hub.toml is not a setting',
      'runner.argv in hub.toml is not a setting',
    ]);
  });

  it('is refused inside sections too', () => {
    const content = { runner: { shell: true }, git: 5 };
    const said = complaints(resolveSettings('sidecar', { file: { name: 'f', content }, readFile: noFile }, compile));
    expect(said).toContain('runner.shell in f is not a setting');
    expect(said).toContain('git in f is not a setting');
  });

  it('may be a variable of another of our programs', () => {
    const env = { AGENTCOM_HUB: 'http://hub', AGENTCOM_SIDECAR_NAME: 'a', AGENTCOM_TASK_ID: 'x', AGENTCOM_TOKEN: 't' };
    expect(hub({ env }).ok).toBe(true);
  });
});

describe('a secret', () => {
  const env = { AGENTCOM_NATS_PASSWORD_FILE: '/run/secrets/nats' };

  it('may be given by a file, whose last line end does not count', () => {
    const read = (path: string) => (path === '/run/secrets/nats' ? 's3cret\n' : noFile());
    expect(hub({ env }, read)).toMatchObject({ ok: true, value: { natsPassword: 's3cret' } });
  });

  it('is refused when its file cannot be read', () => {
    expect(complaints(hub({ env }))).toEqual(['AGENTCOM_NATS_PASSWORD_FILE names a file that cannot be read']);
  });

  it('is refused on the command line, where other users could read it, and not repeated', () => {
    const resolved = hub({ flags: { natsPassword: 's3cret' } });
    expect(complaints(resolved)).toEqual(['--nats-password is a secret: give it as AGENTCOM_NATS_PASSWORD_FILE']);
    expect(JSON.stringify(resolved)).not.toContain('s3cret');
    const heartbeatUrl = 'https://hc.example/s3cret';
    expect(complaints(hub({ flags: { heartbeatUrl } }))).toEqual([
      '--heartbeat-url is a secret: give it as AGENTCOM_HEARTBEAT_URL_FILE',
    ]);
  });
});

describe('the settings of every program', () => {
  it('have a description, and defaults that are valid', () => {
    for (const program of Object.keys(PROGRAMS) as Program[]) {
      expect(settingsOf(program).filter(({ description }) => description === '')).toEqual([]);
    }
    expect(hub({})).toEqual({ ok: true, value: examplesByName.HubSettings?.valid[0] });
  });

  it('share no variable', () => {
    const variables = (Object.keys(PROGRAMS) as Program[]).flatMap((program) =>
      settingsOf(program).map(({ variable }) => variable),
    );
    expect(new Set(variables).size).toBe(variables.length);
  });
});
