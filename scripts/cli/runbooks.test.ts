// What the runbooks say to do can be done: their commands and options are those that there are, and their links lead somewhere.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ALERT_RULE_NAMES } from '@agentcom/schemas';
import { wordsOf } from '@agentcom/schemas/words';
import { describe, expect, it } from 'vitest';
import { EXIT } from './exit.js';
import { runCommandLine } from './program.js';
import { testWorld } from './testing.js';

const FOLDER = join(import.meta.dirname, '..', '..', 'ops', 'docs', 'runbooks');
const SECTIONS = ['## First look', '## Causes', '## Verify'];
const runbooks = readdirSync(FOLDER).map((file) => [file.replace('.md', ''), readFileSync(join(FOLDER, file), 'utf8')]);

/** Between backquotes, and in blocks for a shell. */
function commandsIn(text: string): readonly (readonly string[])[] {
  const lines = [...text.matchAll(/`(agentcom [^`]+)`|^(agentcom .+)$/gm)].map(([, inline, block]) => inline ?? block);
  return lines.map((line = '') => {
    const words = wordsOf(line);
    if (!words.ok) throw new Error(`${line}: ${words.problem}`);
    return words.words.slice(1);
  });
}

describe.each(runbooks)('the runbook %s', (name, text = '') => {
  it('is of a rule, and says what to look at, what to do and how to verify it', () => {
    expect(ALERT_RULE_NAMES).toContain(name);
    expect(text).toMatch(new RegExp(`^# ${name}\n`));
    for (const section of ['**Who is hurt:**', ...SECTIONS]) expect(text).toContain(section);
  });

  it('names commands and options that there are', async () => {
    for (const words of commandsIn(text)) {
      const options = words.filter((word) => /^-/.test(word));
      const places = words.filter((word) => !options.includes(word));
      const world = testWorld();
      const isInner =
        /^[a-z]+$/.test(places[1] ?? '') && !['status', 'submit', 'leave', 'up', 'doctor'].includes(places[0] ?? '');
      const command = places.slice(0, isInner ? 2 : 1);
      expect(await runCommandLine(world, [...command, '--help']), words.join(' ')).toBe(EXIT.done);
      expect(world.out(), words.join(' ')).toContain(`agentcom ${command.join(' ')}`);
      for (const option of options) expect(world.out(), words.join(' ')).toContain(option.split('=')[0]);
    }
  });

  it('links to what is there', () => {
    for (const [, link = ''] of text.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g))
      expect(existsSync(join(FOLDER, link)), link).toBe(true);
  });
});
