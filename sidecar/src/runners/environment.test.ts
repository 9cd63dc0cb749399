import { describe, expect, it } from 'vitest';
import { type Allowance, agentEnvironment, secretsIn } from './environment.js';
import { unattended } from './unattended.js';

const NOTHING: Allowance = {
  passEnv: [],
  inheritEnv: false,
  credentials: 'none',
  signing: 'configured',
  withoutSecrets: false,
  binDir: '/state/bin',
};
const FROM = {
  PATH: '/usr/bin',
  HOME: '/home/tern',
  SSH_AUTH_SOCK: '/run/ssh',
  ANTHROPIC_API_KEY: 'sk-ant-0123456789',
  AGENTCOM_SIDECAR_KEY_FILE: '/secret',
  AGENTCOM_KEY: 'ac_secret',
  COLOUR: 'red',
};

describe('the environment of an agent', () => {
  it('has what is allowed, our command first, and what the task adds', () => {
    const environment = agentEnvironment(FROM, NOTHING, { GIT_AUTHOR_NAME: 'Tern', HOME: '/elsewhere' });
    expect(environment).toEqual({
      ...unattended({}, '/state/bin'),
      PATH: '/state/bin:/usr/bin',
      HOME: '/elsewhere',
      GIT_AUTHOR_NAME: 'Tern',
    });
  });

  it('has what its kind and the configuration name, but never our own variables', () => {
    const passEnv = ['ANTHROPIC_API_KEY', 'COLOUR', 'AGENTCOM_KEY', 'MISSING'];
    const environment = agentEnvironment(FROM, { ...NOTHING, passEnv }, {});
    expect(environment).toMatchObject({ ANTHROPIC_API_KEY: 'sk-ant-0123456789', COLOUR: 'red' });
    expect(Object.keys(environment)).not.toContain('AGENTCOM_KEY');
    expect(Object.keys(environment)).not.toContain('MISSING');
    const without = agentEnvironment(FROM, { ...NOTHING, passEnv, withoutSecrets: true }, {});
    expect(without).toMatchObject({ COLOUR: 'red' });
    expect(Object.keys(without)).not.toContain('ANTHROPIC_API_KEY');
  });

  it('has the words of the machine only where the configuration names them', () => {
    const from = { ...FROM, EDITOR: 'vim', TERM: 'xterm' };
    expect(agentEnvironment(from, NOTHING, {})).toMatchObject({ EDITOR: '/state/bin/agentcom-editor', TERM: 'dumb' });
    const passEnv = ['EDITOR'];
    expect(agentEnvironment(from, { ...NOTHING, passEnv }, {})).toMatchObject({ EDITOR: 'vim', TERM: 'dumb' });
    const all = agentEnvironment(from, { ...NOTHING, inheritEnv: true, withoutSecrets: true }, {});
    expect(all).toMatchObject({ EDITOR: 'vim', TERM: 'xterm', COLOUR: 'red', GIT_TERMINAL_PROMPT: '0' });
    for (const name of ['ANTHROPIC_API_KEY', 'AGENTCOM_KEY']) expect(all).not.toHaveProperty(name);
  });

  it("has the settings file that the sidecar's own git reads, so that both see the same changes", () => {
    const from = { ...FROM, GIT_CONFIG_GLOBAL: '/etc/git-of-agents' };
    expect(agentEnvironment(from, NOTHING, {})).toMatchObject({ GIT_CONFIG_GLOBAL: '/etc/git-of-agents' });
  });

  it('adds settings of git to those that it has', () => {
    const own = { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'credential.helper', GIT_CONFIG_VALUE_0: '' };
    const environment = agentEnvironment(FROM, { ...NOTHING, signing: 'off' }, own);
    expect(environment).toMatchObject({ ...own, GIT_CONFIG_COUNT: '9', GIT_CONFIG_KEY_1: 'commit.gpgSign' });
    expect(environment.GIT_CONFIG_KEY_8).toBe('gpg.ssh.program');
  });

  it('leads to the credentials of the machine only when it is to', () => {
    expect(agentEnvironment(FROM, NOTHING, {})).not.toHaveProperty('SSH_AUTH_SOCK');
    expect(agentEnvironment(FROM, { ...NOTHING, credentials: 'inherit' }, {})).toHaveProperty('SSH_AUTH_SOCK');
  });

  it('has secrets by their names, except names of settings and what is too short', () => {
    const environment = {
      ...FROM,
      GIT_CONFIG_KEY_0: 'credential.helper',
      DB_PASSWORD: 'short',
      UNSET_TOKEN: undefined,
      HTTPS_PROXY: 'http://me:proxy-word@proxy:3128',
    };
    expect(secretsIn(environment)).toEqual(['sk-ant-0123456789', 'ac_secret', 'proxy-word']);
  });

  it('has secrets in addresses: all of one whose name says so, and the password of any', () => {
    const environment = {
      DATABASE_URL: 'postgres://tern:nest%21-42@db/roof',
      SENTRY_DSN: 'https://0123456789@sentry.example.com/1',
      LOG_DSN: 'stderr://localhost',
      BROKER: 'amqp://tern:wades-slowly@queue',
      MYSQL_PWD: 'heron-1234',
      COOKIE: 'sid=0123456789',
      PWD: '/home/tern/src',
    };
    expect(secretsIn(environment)).toEqual([
      ...['postgres://tern:nest%21-42@db/roof', 'nest%21-42', 'nest!-42'],
      ...['https://0123456789@sentry.example.com/1', 'wades-slowly', 'heron-1234', 'sid=0123456789'],
    ]);
  });
});
