// The query grammar: what is parsed, refused, printed and completed. Long because each key and operator has its cases.

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { queriesPage } from '../queries-page.js';
import {
  type Bound,
  completeQuery,
  dependsOnTime,
  type Facts,
  inUtc,
  keysOf,
  matcherOf,
  parseQuery,
  parseSort,
  printQuery,
  QUERY_LIMITS,
  QUERY_LISTS,
  type Query,
  type QueryList,
  queryKey,
  rowOrder,
  SORT_KEYS,
  type Term,
  type Test,
} from '../query.js';

/** A Monday. */
const NOON = Date.parse('2026-11-30T12:00:00Z');
const CLOCK = { now: NOON, zone: 'UTC' };

function read(text: string, list: QueryList = 'tasks', clock = CLOCK): Query {
  const { query, error } = parseQuery(list, text, clock);
  if (error !== undefined) throw new Error(error.message);
  return query;
}

function errorOf(text: string, list: QueryList = 'tasks') {
  const { error } = parseQuery(list, text, CLOCK);
  if (error === undefined) throw new Error(`${text} was accepted`);
  return error;
}

describe('reading', () => {
  it('reads keys, lists of values, comparisons, negation and text', () => {
    expect(
      read('state:blocked,queued repo:api -lane:urgent cost:>2 age:>=1h30m "free text" word -draft').terms,
    ).toEqual([
      { kind: 'words', key: 'state', not: false, words: ['blocked', 'queued'] },
      { kind: 'words', key: 'repo', not: false, words: ['api'] },
      { kind: 'words', key: 'lane', not: true, words: ['urgent'] },
      { kind: 'bounds', key: 'cost', not: false, bounds: [{ op: '>', value: 2_000_000 }] },
      { kind: 'bounds', key: 'age', not: false, bounds: [{ op: '>=', value: 5_400_000 }] },
      { kind: 'text', not: false, text: 'free text' },
      { kind: 'text', not: false, text: 'word' },
      { kind: 'text', not: true, text: 'draft' },
    ]);
  });

  it('takes quotes around a value or a part of it', () => {
    expect(read('label:"team=web, shop" label:owner="A \\"B\\""').terms).toMatchObject([
      { words: ['team=web, shop'] },
      { words: ['owner=A "B"'] },
    ]);
  });

  it('takes what is no key for text', () => {
    expect(read('10:30 - "-x" "state:queued"').terms).toMatchObject([
      { text: '10:30' },
      { text: '-' },
      { text: '-x', not: false },
      { text: 'state:queued' },
    ]);
  });

  it('names an unknown key, where it is, and the nearest one', () => {
    expect(errorOf('repo:api stat:queued')).toEqual({
      message: 'there is no key stat; did you mean state? Put text with a colon in quotes.',
      key: 'stat',
      at: 9,
      length: 4,
      nearest: 'state',
    });
    expect(errorOf('fix:it').message).toMatch(/^there is no key fix; the keys are state, lane, .*quotes\.$/);
  });

  it.each([
    ['state:blockd', 'state cannot be blockd; did you mean blocked?'],
    ['lane:9', 'lane cannot be 9; it can be urgent, high, normal, low'],
    ['state:', 'state needs a value, such as state:scheduled'],
    ['state:queued,,dead', 'state needs a value, such as state:scheduled'],
    ['run:>soon', 'run must be a length of time such as 90s, 10m, 2h or 1d, such as run:>1h'],
    [
      'age:>soon',
      'age must be a length of time such as >90s, <=10m or >2h, a day such as monday or 2026-01-31, or from one to another, such as age:>1h',
    ],
    ['age:1h', 'age needs a comparison, such as age:>1h'],
    ['created:2026-01-31T12:00', 'created needs a comparison, such as created:>2026-01-31T12:00'],
    [
      'dead:>monday',
      'dead must be a length of time such as >90s, <=10m or >2h, a day such as monday or 2026-01-31, or from one to another, such as dead:>1h',
    ],
    ['run:monday', 'run must be a length of time such as 90s, 10m, 2h or 1d, such as run:>1h'],
    ['dead:2026-11-28..2026-11-27', 'dead ends before it begins: 2026-11-28..2026-11-27'],
    ['cost:>1,5', undefined],
    ['cost:two', 'cost must be an amount such as 2.50, such as cost:>2.50'],
    [
      'created:>2026-02-31',
      'created must be a day such as monday or 2026-01-31, a time such as >2026-01-31T12:00, or from one to another, such as created:2026-01-30..2026-01-31',
    ],
    ['"open', 'a quote is not closed'],
    ['repo:"open', 'a quote is not closed'],
    ['""', 'the text in quotes is empty'],
  ])('says what is wrong with %s', (text, message) => {
    const { error } = parseQuery('tasks', text, CLOCK);
    expect(error?.message).toBe(message);
  });

  it('is bounded', () => {
    expect(errorOf('x'.repeat(QUERY_LIMITS.chars + 1)).message).toContain('1024 characters');
    expect(errorOf('x '.repeat(QUERY_LIMITS.terms + 1)).message).toContain('32 terms');
    expect(errorOf(`agent:${'a,'.repeat(QUERY_LIMITS.values)}a`).message).toContain('64 values');
  });

  it('never throws, whatever the text', () => {
    fc.assert(
      fc.property(fc.constantFrom(...QUERY_LISTS), fc.string({ unit: 'grapheme' }), (list, text) => {
        const { error } = parseQuery(list, text, CLOCK);
        expect((error?.at ?? 0) + (error?.length ?? 0)).toBeLessThanOrEqual(text.length);
      }),
    );
  });
});

const DAY_MS = 86_400_000;

const anyText = fc.oneof(
  fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' }),
  fc.string({ minLength: 1, maxLength: 12, unit: fc.constantFrom(...' "\\,:-a\t<=>') }),
);

function anyTerm(list: QueryList): fc.Arbitrary<Term> {
  const not = fc.boolean();
  const ofKey = fc.constantFrom(...keysOf(list)).chain((key): fc.Arbitrary<Term> => {
    const { kind, words = [] } = queryKey(list, key) ?? { kind: 'name' as const };
    if (kind === 'word' || kind === 'name' || kind === 'part' || kind === 'label') {
      const word = kind === 'word' ? fc.constantFrom(...words) : anyText;
      return fc.record({
        kind: fc.constant('words' as const),
        key: fc.constant(key),
        not,
        words: fc.uniqueArray(word, { minLength: 1, maxLength: 2 }),
      });
    }
    const isExact = kind === 'count' || kind === 'money';
    const bound: fc.Arbitrary<Bound> = fc.record({
      op: fc.constantFrom(...(['<', '<=', '>=', '>'] as const), ...(isExact ? (['='] as const) : [])),
      value: kind === 'count' ? fc.nat(1e9).map((n) => n / 1000) : fc.nat(1e12),
    });
    const moment = fc.oneof(
      fc.nat(1e12),
      fc.nat(20_000).map((day) => day * DAY_MS),
    );
    const period: fc.Arbitrary<Test> = fc
      .tuple(moment, fc.integer({ min: 1, max: 1e10 }), fc.constantFrom('both', 'from', 'until'))
      .map(([from, length, ends]) => ({
        ...(ends !== 'until' && { from }),
        ...(ends !== 'from' && { until: length % 2 === 0 ? from + length : from + DAY_MS }),
      }));
    const hasPeriods = kind === 'since' || kind === 'time';
    const bounds = fc.array(hasPeriods ? fc.oneof(bound, period) : bound, { minLength: 1, maxLength: 2 });
    return fc.record({ kind: fc.constant('bounds' as const), key: fc.constant(key), not, bounds });
  });
  return fc.oneof(fc.record({ kind: fc.constant('text' as const), not, text: anyText }), ofKey);
}

const anyQuery: fc.Arbitrary<Query> = fc
  .constantFrom(...QUERY_LISTS)
  .chain((list) => fc.record({ list: fc.constant(list), terms: fc.array(anyTerm(list), { maxLength: 6 }) }));

describe('printing', () => {
  it('prints what is read as the same query', () => {
    fc.assert(
      fc.property(anyQuery, (query) => {
        expect(parseQuery(query.list, printQuery(query), CLOCK)).toEqual({ query });
      }),
      { numRuns: 2_000 },
    );
  });

  it('has one spelling', () => {
    expect(
      printQuery(read('  State:"QUEUED"  cost:>2.50 age:>3600  created:>2026-01-31T00:00Z label:"a b" ""x"" ')),
    ).toBe('state:queued cost:>2.5 age:>1h created:>2026-01-31 label:"a b" x');
  });
});

interface Thing {
  readonly words?: Readonly<Record<string, readonly string[]>>;
  readonly amounts?: Readonly<Record<string, number>>;
  readonly text?: string;
}

const facts: Facts<Thing> = {
  words: ({ words }, key) => words?.[key] ?? [],
  amount: ({ amounts }, key, now) => (key === 'age' ? now - (amounts?.age ?? now) : amounts?.[key]),
  text: ({ text }) => text ?? '',
};

describe('matching', () => {
  const matches = (text: string, thing: Thing, now = 0): boolean => matcherOf(read(text), facts)(thing, now);

  it.each<[string, Thing, boolean]>([
    ['', {}, true],
    ['state:queued,dead', { words: { state: ['dead'] } }, true],
    ['-state:queued,dead', { words: { state: ['dead'] } }, false],
    ['repo:API', { words: { repo: ['https://x/api.git'] } }, true],
    ['agent:web', { words: { agent: ['web-1'] } }, false],
    ['agent:web-*', { words: { agent: ['web-1'] } }, true],
    ['agent:*', {}, false],
    ['-agent:*', {}, true],
    ['agent:w*b*1', { words: { agent: ['web-1'] } }, true],
    ['agent:a*a', { words: { agent: ['a'] } }, false],
    ['label:team', { words: { label: ['team=web'] } }, true],
    ['label:team=*b', { words: { label: ['team=web'] } }, true],
    ['label:te', { words: { label: ['team=web'] } }, false],
    ['cost:>2', { amounts: { cost: 2_000_001 } }, true],
    ['cost:>2', {}, false],
    ['cost:<2', {}, false],
    ['-cost:>2', {}, true],
    ['attempts:1,3', { amounts: { attempts: 3 } }, true],
    ['fix LOGIN', { text: 'Fix the login' }, true],
    ['"fix login"', { text: 'Fix the login' }, false],
  ])('%s of %j is %s', (text, thing, expected) => {
    expect(matches(text, thing)).toBe(expected);
  });

  it('measures ages up to now', () => {
    expect(matches('age:>1h', { amounts: { age: 0 } }, 3_600_001)).toBe(true);
    expect(matches('age:>1h', { amounts: { age: 0 } }, 3_600_000)).toBe(false);
    expect(dependsOnTime(read('state:dead age:>1h'))).toBe(true);
    expect(dependsOnTime(read('created:>2026-01-31'))).toBe(false);
    expect(dependsOnTime(read('dead:monday'))).toBe(false);
  });

  it('finds what happened on a day, by what is known of it: the moment, or the time since', () => {
    const [begin, end] = ['2026-11-27T00:00Z', '2026-11-28T00:00Z'].map((text) => Date.parse(text)) as [number, number];
    for (const [at, expected] of [
      [begin - 1, false],
      [begin, true],
      [end - 1, true],
      [end, false],
    ] as const) {
      expect(matches('created:2026-11-27', { amounts: { created: at } }, NOON)).toBe(expected);
      expect(matches('age:2026-11-27', { amounts: { age: at } }, NOON)).toBe(expected);
      expect(matches('-age:friday', { amounts: { age: at } }, NOON)).toBe(!expected);
    }
  });
});

describe('days', () => {
  const periodOf = (text: string, zone = 'UTC') => {
    const [term] = read(`created:${text}`, 'tasks', { now: NOON, zone }).terms;
    const [bound] = term?.kind === 'bounds' ? term.bounds : [];
    if (bound === undefined || 'op' in bound) throw new Error(`${text} is no period`);
    const iso = (at: number | undefined) => (at === undefined ? '' : new Date(at).toISOString().slice(0, 16));
    return `${iso(bound.from)} ${iso(bound.until)}`;
  };

  it.each([
    ['today', '2026-11-30T00:00 2026-12-01T00:00'],
    ['Yesterday', '2026-11-29T00:00 2026-11-30T00:00'],
    ['monday', '2026-11-30T00:00 2026-12-01T00:00'],
    ['tuesday', '2026-11-24T00:00 2026-11-25T00:00'],
    ['2026-02-28', '2026-02-28T00:00 2026-03-01T00:00'],
    ['2026-11-27..2026-11-28', '2026-11-27T00:00 2026-11-29T00:00'],
    ['friday..', '2026-11-27T00:00 '],
    ['..yesterday', ' 2026-11-30T00:00'],
    ['2026-11-27T09:30..2026-11-27T12:00:30', '2026-11-27T09:30 2026-11-27T12:00'],
  ])('reads %s', (text, expected) => {
    expect(periodOf(text)).toBe(expected);
  });

  it.each([
    ['today', 'America/New_York', '2026-11-30T05:00 2026-12-01T05:00'],
    ['today', 'Pacific/Kiritimati', '2026-11-30T10:00 2026-12-01T10:00'],
    // Days of 23 and 25 hours, and one that begins at one o'clock.
    ['2026-03-29', 'Europe/Berlin', '2026-03-28T23:00 2026-03-29T22:00'],
    ['2026-10-25', 'Europe/Berlin', '2026-10-24T22:00 2026-10-25T23:00'],
    ['2018-11-04', 'America/Sao_Paulo', '2018-11-04T03:00 2018-11-05T02:00'],
    ['2026-11-27T09:00..2026-11-27T12:00Z', 'Asia/Kolkata', '2026-11-27T03:30 2026-11-27T12:00'],
  ])('reads %s in %s', (text, zone, expected) => {
    expect(periodOf(text, zone)).toBe(expected);
  });

  it('begins a day at the first moment that has its date, in every zone', () => {
    const zones = [
      'Europe/Berlin',
      'America/Sao_Paulo',
      'Africa/Cairo',
      'America/Havana',
      'Australia/Lord_Howe',
      'Asia/Kathmandu',
    ];
    fc.assert(
      fc.property(fc.constantFrom(...zones), fc.integer({ min: 5_000, max: 25_000 }), (zone, number) => {
        const day = new Date(number * DAY_MS).toISOString().slice(0, 10);
        const [term] = read(`created:${day}`, 'tasks', { now: NOON, zone }).terms;
        const { from = 0 } = (term?.kind === 'bounds' ? term.bounds[0] : {}) as { readonly from?: number };
        const dateAt = (at: number) => new Intl.DateTimeFormat('sv', { timeZone: zone }).format(at);
        expect([dateAt(from), dateAt(from - 1) < day]).toEqual([day, true]);
      }),
    );
  });

  it('gives another reader times of UTC, and leaves what names no day as it is written', () => {
    const clock = { now: NOON, zone: 'America/New_York' };
    expect(inUtc('tasks', 'state:dead  dead:monday', clock)).toBe(
      'state:dead dead:2026-11-30T05:00:00.000Z..2026-12-01T05:00:00.000Z',
    );
    expect(inUtc('tasks', 'state:dead dead:friday..', CLOCK)).toBe('state:dead dead:2026-11-27..');
    for (const text of ['state:dead  age:>1h', 'created:soon']) expect(inUtc('tasks', text, clock)).toBe(text);
  });
});

describe('completion', () => {
  const offered = (text: string, list: QueryList = 'tasks', known = {}): string[] =>
    completeQuery(list, text, text.length, known).options.map((option) => option.text);

  it('offers keys, and those first that begin so', () => {
    expect(offered('')).toContain('state:');
    expect(offered('state:queued ')).toContain('repo:');
    expect(offered('la').slice(0, 2)).toEqual(['lane:', 'label:']);
    expect(offered('-sta')).toEqual(['state:']);
  });

  it('offers the values of a key, known and seen', () => {
    expect(offered('state:bl')).toEqual(['blocked']);
    expect(offered('state:blocked,q')).toEqual(['queued']);
    expect(offered('agent:we', 'tasks', { agent: ['web-1', 'api-1'] })).toEqual(['web-1']);
    expect(offered('label:', 'tasks', { label: ['team=web shop'] })).toEqual(['"team=web shop"']);
    expect(offered('dead:')).toContain('yesterday');
    expect(offered('ended:mo')).toEqual(['monday']);
    expect(offered('run:')).toEqual([]);
    expect(offered('nothing:')).toEqual([]);
  });

  it('says what it replaces', () => {
    expect(completeQuery('tasks', 'x state:bl', 10)).toMatchObject({ from: 8, to: 10 });
    expect(completeQuery('tasks', '-sta', 4)).toMatchObject({ from: 1, to: 4 });
  });

  it('reads what it completes, whatever was typed', () => {
    fc.assert(
      fc.property(fc.constantFrom(...QUERY_LISTS), anyText, (list, text) => {
        const { from, to, options } = completeQuery(list, text, text.length);
        expect(from).toBeLessThanOrEqual(to);
        expect(options.length).toBeLessThanOrEqual(20);
      }),
    );
  });
});

describe('order', () => {
  const sorted = (sort: string | undefined, rows: readonly ({ id: string } & Record<string, unknown>)[]): string[] => {
    const { sort: parsed } = parseSort('tasks', sort);
    if (parsed === undefined) throw new Error('no such order');
    return rows.toSorted(rowOrder('tasks', parsed)).map(({ id }) => id);
  };

  it('has the newest first unless asked otherwise', () => {
    const rows = [
      { id: 'a', createdAt: '2026-01-01T00:00:00Z' },
      { id: 'b', createdAt: '2026-01-02T00:00:00Z' },
    ];
    expect(sorted(undefined, rows)).toEqual(['b', 'a']);
    expect(sorted('-age', rows)).toEqual(['a', 'b']);
  });

  it('puts last what has no value, whichever way round', () => {
    const rows = [{ id: 'a' }, { id: 'b', usage: { costMicros: 1 } }, { id: 'c', usage: { costMicros: 2 } }];
    expect(sorted('cost', rows)).toEqual(['b', 'c', 'a']);
    expect(sorted('-cost', rows)).toEqual(['c', 'b', 'a']);
  });

  it('ranks agents by their failures, of equals those with fewer attempts, and last those without any', () => {
    const rows = ['c', undefined, 'fcc', 'ffcl', 'fcccc', 'cu'].map((results, i) => ({ id: `a${i}`, results }));
    const by = parseSort('agents', 'failures').sort;
    if (by === undefined) throw new Error('no such order');
    expect(rows.toSorted(rowOrder('agents', by)).map(({ results }) => results)).toEqual([
      'ffcl',
      'fcc',
      'fcccc',
      'cu',
      'c',
      undefined,
    ]);
  });

  it('names an order that there is not', () => {
    expect(parseSort('tasks', 'agee').error?.message).toBe('there is no order agee; did you mean age?');
    for (const list of QUERY_LISTS) expect(SORT_KEYS[list].length).toBeGreaterThan(0);
  });
});

describe('the page for people', () => {
  it('is generated from the keys', () => {
    expect(readFileSync(new URL('../../../ops/docs/queries.md', import.meta.url), 'utf8')).toBe(queriesPage());
  });
});

it('runs in a browser: it reaches no package', () => {
  const seen = new Set<string>();
  const packages: string[] = [];
  const follow = (file: URL): void => {
    if (seen.has(file.href)) return;
    seen.add(file.href);
    for (const [, from = ''] of readFileSync(file, 'utf8').matchAll(
      /^(?:import|export) (?!type )[^;]*?from '([^']+)'/gm,
    )) {
      if (from.startsWith('.')) follow(new URL(from.replace(/\.js$/, '.ts'), file));
      else packages.push(`${file.pathname}: ${from}`);
    }
  };
  follow(new URL('../query.ts', import.meta.url));
  expect(seen.size).toBeGreaterThan(8);
  expect(packages).toEqual([]);
});
