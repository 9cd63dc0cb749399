import type { LiveSpend } from '@agentcom/schemas';
import pc from 'picocolors';
import { describe, expect, it } from 'vitest';
import { columnsOf } from '../columns.js';
import { agent, alert, deadLetters, NOW, overview, question, SAID, topState } from './fixture.js';
import { firstState, type TopState, withConnection, withRefusal } from './model.js';
import { settled, step } from './step.js';
import { plainOf, screenOf, shared } from './view.js';

const plain = pc.createColors(false);
const coloured = pc.createColors(true);
const screen = (state: TopState, columns = 80, rows = 24) => screenOf(state, { columns, rows }, plain, NOW);
const text = (state: TopState, columns = 80, rows = 24) => screen(state, columns, rows).join('\n');

describe('the screen', () => {
  it('has the hub, the queue by lane, spend against its limit, and every part', () => {
    const shown = text(topState());
    expect(shown).toMatch(/^agentcom top {2}http:\/\/127\.0\.0\.1:7700 {2}leader 0\.1\.0 .*live {2}\d\d:\d\d:\d\d$/m);
    expect(shown).toContain('queue   urgent 0  high 1  normal 3  low 0');
    expect(shown).toContain('today   40.00 USD of 50.00 USD  80 %');
    expect(shown).toMatch(/^NEEDS YOU {2}2$/m);
    expect(shown).toMatch(/^> asks +Upgrade the payment library +duly-noted +2 min *$/m);
    expect(shown).toMatch(/^ {2}dead ×3 +3 tasks: it\.failed: no such file +1 h$/m);
    expect(shown).toMatch(/^ {2}page +NoAgents +Nobody is connected\. +5 min$/m);
    expect(shown).toMatch(/^ {2}roofer +idle$/m);
  });

  it('says that a cost is not known, and never that nothing was spent then', () => {
    const spentToday = (today: LiveSpend['today'], todayUnknown?: number) => {
      const spend = { today, month: [], ...(todayUnknown !== undefined && { todayUnknown }) };
      return /^today +(.*?) *$/m.exec(text(topState({ overview: overview({ spend }) })))?.[1];
    };
    const known = [{ currency: 'USD', costMicros: 2_000_000 }];
    expect(spentToday([])).toBe('nothing spent');
    expect(spentToday([], 2)).toBe('unknown');
    expect(spentToday(known, 2)).toBe('2.00 USD + 2 unknown');
  });

  it('says more of the selected row, with the digits of its answers and the keys for it', () => {
    const shown = screen(topState());
    expect(shown).toContain('Keep the old one, or move over? (1 h left)');
    expect(shown).toContain('1 Keep it');
    expect(shown).toContain('2 Move over');
    expect(shown.at(-1)).toBe('1-2 answer  a type one  c cancel  j k move  ? help  q quit');
  });

  it('says which alert has the cause of a row, and the key that acknowledges it', () => {
    const about = alert({ rule: 'DeadLetters', why: 'Twelve tasks died.' });
    const shown = screen(topState({ needs: [{ ...deadLetters(), severity: 'page', alert: about }], alerts: [about] }));
    expect(shown.join('\n')).toMatch(/^> dead ×3 +page: 3 tasks: it\.failed: no such file +1 h *$/m);
    expect(shown).toContain('DeadLetters fires: Twelve tasks died.');
    expect(shown).toContain('ALERTS  none fires');
    expect(shown.at(-1)).toBe('r requeue  a acknowledge DeadLetters  j k move  ? help  q quit');
  });

  it.each([
    [80, 24],
    [40, 12],
    [20, 6],
    [200, 60],
    [10, 2],
    [1, 1],
  ])('fits into %i columns and %i lines, in colours too', (columns, rows) => {
    const agents = Array.from({ length: 50 }, (_, i) => agent(`a-very-long-name-of-an-agent-${i}`));
    const state = topState({ agents, needs: [question({ title: '日本語'.repeat(40) }), deadLetters()] });
    for (const keys of [[], ['G'], ['?'], ['a', 'x'], ['c']]) {
      const shown = keys.reduce((one, key) => step(one, key).state, state);
      const lines = screen(shown, columns, rows);
      expect(lines.length).toBe(rows);
      for (const line of lines) expect(columnsOf(line)).toBeLessThanOrEqual(columns);
      for (const line of screenOf(shown, { columns, rows }, coloured, NOW))
        expect(columnsOf(line)).toBeLessThanOrEqual(columns);
    }
  });

  it.each([
    [80, 24],
    [60, 16],
    [34, 11],
    [20, 7],
  ])('shows the selected row wherever it is, in %i columns and %i lines', (columns, rows) => {
    const agents = Array.from({ length: 9 }, (_, i) => agent(`agent-${i}`));
    let state = topState({ agents });
    for (let moved = 0; moved < 12; moved++) {
      expect(screen(state, columns, rows).filter((line) => line.startsWith('> '))).toHaveLength(1);
      state = step(state, 'j').state;
    }
  });

  it('keeps the selected row in sight, and says which rows those are', () => {
    const agents = Array.from({ length: 40 }, (_, i) => agent(`agent-${String(i).padStart(2, '0')}`));
    const last = step(topState({ agents }), 'G').state;
    expect(text(last)).toMatch(/^> agent-39/m);
    expect(text(last)).toMatch(/^AGENTS {2}40, \d+ to 40 shown$/m);
  });

  it('lets no text of a stranger move the cursor', () => {
    const evil = '\u001b[2J\u001b]0;x\u0007\r\n';
    const state = topState({
      needs: [
        question({ title: evil, question: { questionId: 'q', question: evil, choices: [evil] } }),
        { ...deadLetters(1), why: evil },
      ],
      alerts: [alert({ why: evil, next: evil })],
      agents: [agent('a', { unfit: { code: 'c', message: evil, since: '2026-01-31T11:00:00Z' } as never })],
    });
    for (const keys of [[], ['j'], ['G'], ['a'], ['c']]) {
      const shown = keys.reduce((one, key) => step(one, key).state, state);
      expect(text(shown)).not.toMatch(/[\0-\x09\x0b-\x1f\x7f]/);
    }
  });

  it('keeps what it has while the hub is away, says for how long, and that it is back', () => {
    const away = withConnection(topState(), 'reconnecting', SAID, NOW - 5_000);
    expect(text(away)).toContain('reconnecting, out of date for 5.0 s');
    expect(text(away)).toContain('Upgrade the payment library');
    const back = withConnection(away, 'live', SAID, NOW);
    expect(screen(back).at(-1)).toBe('The hub is back; this is up to date.');
    expect(screenOf(back, { columns: 80, rows: 24 }, plain, NOW + 7_000).at(-1)).toContain('q quit');
  });

  it('says what was done, what may not be seen, and what is not known yet', () => {
    const effect = { kind: 'acknowledge', row: 'a1', alert: 'a1', title: 'NoAgents' } as const;
    expect(screen(settled(topState(), effect, undefined, NOW)).at(-1)).toBe('Acknowledged: NoAgents');
    expect(text(withRefusal(topState(), 'agents', 'the role submitter is not allowed to do this'))).toContain(
      'AGENTS  the role submitter is not allowed to do this',
    );
    expect(text(firstState('http://h', 'default', []))).toMatch(/^NEEDS YOU {2}…$/m);
    const nothing = text(topState({ needs: [], alerts: [], agents: [] }));
    for (const line of ['NEEDS YOU  nothing', 'ALERTS  none fires', 'AGENTS  none has joined'])
      expect(nothing).toContain(line);
  });
});

it('is everything at once where nobody can scroll', () => {
  const agents = Array.from({ length: 40 }, (_, i) => agent(`agent-${i}`));
  const lines = plainOf(topState({ agents }), 80, plain, NOW);
  expect(lines.filter((line) => line.startsWith('  agent-')).length).toBe(40);
  expect(lines.some((line) => line.startsWith('>'))).toBe(false);
});

describe('lines of a screen', () => {
  it.each([
    [9, [1, 1, 1], [1, 1, 1]],
    [9, [5, 5, 5], [3, 3, 3]],
    [9, [1, 2, 20], [1, 2, 6]],
    [9, [20, 0, 20], [6, 0, 3]],
    [0, [3, 3, 3], [0, 0, 0]],
    [-4, [3, 3, 3], [0, 0, 0]],
  ])('%i for %j are %j', (room, wanted, given) => {
    expect(shared(room, wanted)).toEqual(given);
  });

  it('go to the part with the selected row first', () => {
    expect(shared(2, [3, 3, 3], 1)).toEqual([0, 2, 0]);
    expect(shared(10, [9, 9, 9], 2)).toEqual([3, 3, 4]);
  });
});
