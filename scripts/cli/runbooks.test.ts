// What the runbooks and the rules say to do can be done: their commands, options, settings and codes are those that there are, and their links
// lead somewhere.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ALERT_RULE_NAMES, ALERT_RULES, CONFIG_VALUES, runbookOf } from '@agentcom/schemas';
import { allWords } from '@agentcom/schemas/explanations';
import { settingsOf } from '@agentcom/schemas/settings';
import { wordsOf } from '@agentcom/schemas/words';
import { describe, expect, it } from 'vitest';
import { EXIT } from './exit.js';
import { runCommandLine } from './program.js';
import { testWorld } from './testing.js';

const REPOSITORY = join(import.meta.dirname, '..', '..');
const FOLDER = join(REPOSITORY, 'ops', 'docs', 'runbooks');
const SECTIONS = ['## First look', '## Causes', '## Verify'];
const LINES_MAX = 45;
const FAMILIES = ['agent', 'answer', 'budget', 'command', 'forge', 'git', 'machine', 'runner', 'setup', 'verify'];
const SETTINGS = [
  ...CONFIG_VALUES.map(({ key }) => key),
  ...(['hub', 'sidecar'] as const).flatMap((program) => settingsOf(program).map(({ key }) => key)),
];
/** A field of each `[[forges]]`, and one of the log. */
const OTHER_NAMES = ['tokenFile', 'traceId'];
const files = readdirSync(FOLDER).map((file) => file.replace('.md', ''));
const runbooks = files.map((name) => [name, readFileSync(join(FOLDER, `${name}.md`), 'utf8')]);
const texts = [...runbooks, ...ALERT_RULE_NAMES.map((name) => [`the next step of ${name}`, ALERT_RULES[name].next])];

/** Between backquotes, and in blocks for a shell. */
function commandsIn(text: string): readonly (readonly string[])[] {
  const lines = [...text.matchAll(/`(agentcom [^`]+)`|^(agentcom .+)$/gm)].map(([, inline, block]) => inline ?? block);
  return lines.map((line = '') => {
    const words = wordsOf(line);
    if (!words.ok) throw new Error(`${line}: ${words.problem}`);
    return words.words.slice(1);
  });
}

async function helpOf(command: readonly string[]): Promise<string> {
  const world = testWorld();
  expect(await runCommandLine(world, [...command, '--help']), command.join(' ')).toBe(EXIT.done);
  return world.out();
}

/** The command that a line calls, however deep, with its help and the words that it is given. */
async function called(line: readonly string[]) {
  const command = line.slice(0, 1);
  let help = await helpOf(command);
  while (new RegExp(`^Commands:[^]*^  ${line[command.length]}\\b`, 'm').test(help)) {
    command.push(line[command.length] ?? '');
    help = await helpOf(command);
  }
  return { command, help, given: line.slice(command.length) };
}

const quoted = (text: string) => [...text.matchAll(/`([^`\n]+)`/g)].map(([, inside = '']) => inside);

it('has a runbook for each rule, and for nothing else', () => {
  expect(files.toSorted()).toEqual([...ALERT_RULE_NAMES].sort());
  for (const name of ALERT_RULE_NAMES) expect(existsSync(join(REPOSITORY, runbookOf(name))), name).toBe(true);
});

describe.each(runbooks)('the runbook %s', (name, text = '') => {
  it('says what it means, what to look at, what to do and how to verify it, in little more than a screen', () => {
    expect(text).toMatch(new RegExp(`^# ${name}\n`));
    for (const section of ['**Who is hurt:**', ...SECTIONS]) expect(text).toContain(section);
    expect(text.split('\n').length).toBeLessThanOrEqual(LINES_MAX);
    const [, first = ''] = /## First look\n\n```sh\n([^`]*)```/.exec(text) ?? [];
    expect(first.trim().split('\n'), 'one command').toHaveLength(1);
  });

  it('links to what is there', () => {
    for (const [, link = '', anchor] of text.matchAll(/\]\(([^)#]+)(?:#([^)]*))?\)/g)) {
      expect(existsSync(join(FOLDER, link)), link).toBe(true);
      if (anchor === undefined) continue;
      const headings = readFileSync(join(FOLDER, link), 'utf8').match(/^#+ .*$/gm) ?? [];
      expect(headings.map((heading) => heading.replace(/^#+ /, '').toLowerCase().replaceAll(' ', '-'))).toContain(
        anchor,
      );
    }
  });
});

describe.each(texts)('%s', (_name, text = '') => {
  it('names commands with options that there are, and all that they need', async () => {
    for (const line of commandsIn(text)) {
      const { command, help, given } = await called(line);
      const said = line.join(' ');
      expect(help, said).toContain(`agentcom ${command.join(' ')}`);
      expect(help.split('\n', 1)[0], `${said}: a command of its own`).not.toMatch(/\[command\]$/);
      const options = given.filter((word) => /^-/.test(word));
      for (const option of options) expect(help, said).toContain(option.split('=')[0]);
      // All, or those that a filter selects.
      if (command[0] === 'dead' && options.includes('--all')) expect(options, said).toEqual(['--all']);
      const needed = (help.split('\n', 1)[0]?.match(/<[^>]+>/g) ?? []).length;
      expect(given.filter((word) => !/^-/.test(word)).length, `${said}: what it needs`).toBeGreaterThanOrEqual(needed);
      if (command.join(' ') === 'config set')
        for (const change of given) expect(SETTINGS, said).toContain(change.split('=')[0]);
      if (command.join(' ') === 'config get')
        expect(
          SETTINGS.some((key) => `${key}.`.startsWith(`${given[0]}.`)),
          said,
        ).toBe(true);
    }
  });

  it('names settings and codes that there are', () => {
    for (const word of quoted(text)) {
      const isCode = new RegExp(`^(${FAMILIES.join('|')})\\.[a-z_]+$`).test(word);
      if (isCode && !SETTINGS.includes(word)) expect(allWords(), word).toContain(word);
      if (/^[a-z]+(\.[a-z]+)*[A-Z][A-Za-z]+$/.test(word) && !OTHER_NAMES.includes(word))
        expect(
          SETTINGS.some((key) => key === word || key.endsWith(`.${word}`)),
          word,
        ).toBe(true);
    }
  });
});
