import { RUNNERS } from '@agentcom/schemas';
import { describe, expect, it } from 'vitest';
import { agentEnvironment } from '../environment.js';
import { heardIn, launchOf, ofType, resumed, saidIn, turn } from './fixture.js';
import { KINDS } from './index.js';
import { calling, gave } from './readable.js';

describe('every kind', () => {
  it('is there, under its name', () => {
    expect([...KINDS.keys()].sort()).toEqual([...RUNNERS].sort());
    for (const [kind, definition] of KINDS) expect(definition.kind).toBe(kind);
  });

  it.each([...KINDS.keys()])('%s keeps the prompt out of its arguments, and the model apart from options', (kind) => {
    const { argv } = launchOf(kind, { prompt: '--secret words', model: 'a/model' });
    expect(argv.join('\n')).not.toContain('secret words');
    if (kind !== 'command') expect(argv[argv.indexOf('a/model') - 1]).toMatch(/^--?m(odel)?$/);
  });

  it.each([...KINDS.keys()])('%s gets every variable that says where its credentials are', (kind) => {
    const { signedIn, passEnv = [] } = KINDS.get(kind) ?? {};
    const named = (signedIn?.files ?? []).flatMap(({ variable }) => (variable === undefined ? [] : [variable]));
    const from = Object.fromEntries(named.map((name) => [name, `/${name}`]));
    const allowance = { inheritEnv: false, credentials: 'none', signing: 'off', withoutSecrets: false } as const;
    expect(agentEnvironment(from, { ...allowance, passEnv, binDir: '/bin' }, {})).toMatchObject(from);
  });

  it.each([...KINDS.keys()])('%s is not put off by lines of any kind', (kind) => {
    const dialect = KINDS.get(kind)?.dialect(turn());
    const types = [
      'system',
      'assistant',
      'user',
      'result',
      'control_request',
      'item.completed',
      'item.started',
      'turn.failed',
    ];
    const more = ['turn.completed', 'step_finish', 'tool_use', 'text', 'error', 'message', 'init', 'rate_limit_event'];
    const parts = ['1', 'null', '[]', '[null]', '"x"', '{"content":[null,1]}'];
    for (const type of [...types, ...more]) {
      for (const part of parts) {
        for (const name of ['message', 'item', 'part', 'error', 'usage', 'modelUsage', 'request', 'rate_limit_info']) {
          expect(() => dialect?.stdout(`{"type":"${type}","${name}":${part}}`)).not.toThrow();
        }
      }
    }
    for (const line of ['', '{', '{}', 'null', '\u001b[1m', 'é'.repeat(100_000)]) {
      expect(() => dialect?.stdout(line)).not.toThrow();
      expect(() => dialect?.stderr(line)).not.toThrow();
    }
  });
});

describe('any command', () => {
  it('gets its own arguments, and the prompt on its input', () => {
    expect(launchOf('command', { argv: ['sh', '-c', 'cat'], extraArgs: ['x'] })).toMatchObject({
      argv: ['sh', '-c', 'cat', 'x'],
      input: 'Do it.\nAll of it.',
      keepsInputOpen: false,
    });
  });

  it('is shown as it is, but for its lines of progress', () => {
    const dialect = KINDS.get('command')?.dialect(turn());
    expect(dialect?.stdout('::agentcom {"progress":{"note":"half","fraction":0.5}}')).toEqual([
      { type: 'progress', note: 'half', fraction: 0.5 },
    ]);
    expect(dialect?.stdout('::agentcom {"else":1}')).toEqual([
      { type: 'say', text: '::agentcom {"else":1}', stream: 'stdout' },
    ]);
    expect(dialect?.stderr('oops')).toEqual([{ type: 'say', text: 'oops', stream: 'stderr' }]);
  });
});

describe('Gemini CLI', () => {
  it('is started in a session of a known name, or in the one it goes on with, with our MCP server', () => {
    const { argv, env, files } = launchOf('gemini');
    expect(argv.slice(-2)).toEqual(['--session-id', turn().newSessionId]);
    expect(launchOf('gemini', resumed('gemini', 1, 1, 0)).argv.slice(-2)).toEqual(['--resume', 'before']);
    expect(env.GEMINI_CLI_SYSTEM_DEFAULTS_PATH).toBe('/srv/turn/gemini.json');
    expect(JSON.parse(files['gemini.json'] ?? '').mcpServers.agentcom.command).toBe('/srv/bin/agentcom');
  });

  it('says its session, what it does, what it used, and how it ended', () => {
    const heard = heardIn('gemini', 'work');
    expect(ofType(heard, 'session')).toMatchObject([{ model: 'gemini-3.1-pro-preview' }]);
    expect(saidIn(heard)).toContain('→ write_file: /srv/work/hello.txt');
    expect(saidIn(heard)).toContain('I committed hello.txt.');
    expect(ofType(heard, 'counters')).toEqual([
      {
        type: 'counters',
        scope: 'turn',
        counters: { inputTokens: 3600, cachedInputTokens: 600, outputTokens: 150, costMicros: 0 },
      },
    ]);
    expect(ofType(heard, 'final')).toEqual([{ type: 'final', ok: true, text: 'I committed hello.txt.' }]);
  });

  it('joins the pieces of a message', () => {
    const dialect = KINDS.get('gemini')?.dialect(turn());
    const piece = (content: string) => JSON.stringify({ type: 'message', role: 'assistant', content, delta: true });
    const heard = [piece('All '), piece('done.'), '{"type":"result","status":"success"}'].flatMap(
      (line) => dialect?.stdout(line) ?? [],
    );
    expect(saidIn(heard)).toEqual(['All done.']);
    expect(ofType(heard, 'final')).toEqual([{ type: 'final', ok: true, text: 'All done.' }]);
  });

  it('has met a limit when its requests are refused again and again, not at once', () => {
    expect(ofType(heardIn('gemini', 'limit'), 'limit')).toEqual([]);
    const heard = KINDS.get('gemini')
      ?.dialect(turn())
      .stderr('Attempt 3 failed with status 429. Retrying with backoff...');
    expect(heard?.map(({ type }) => type)).toEqual(['say', 'limit']);
  });
});

describe('Aider', () => {
  it('gets the prompt in a file and asks nobody', () => {
    const { argv, files } = launchOf('aider');
    expect(argv[argv.indexOf('--message-file') + 1]).toBe('/srv/turn/prompt.md');
    expect(argv).toContain('--yes-always');
    expect(files['prompt.md']).toBe('Do it.\nAll of it.');
  });
});

describe('what people read', () => {
  it('is one line for a call and the beginning of what it gave', () => {
    expect(calling('Bash', { description: 'd', command: 'a\n  b' })).toBe('→ Bash: a b');
    expect(calling('Thing', { other: 1 })).toBe('→ Thing');
    expect(calling('Bash', { command: 'x'.repeat(500) })).toHaveLength(303);
    expect(gave('one\ntwo\n\n')).toBe('one\ntwo');
    expect(gave(Array.from({ length: 30 }, (_, index) => `line ${index}`).join('\n'))).toMatch(
      /line 19\n\[… \d+ more characters\]$/,
    );
  });
});
