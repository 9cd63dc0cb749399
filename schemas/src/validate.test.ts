import fc from 'fast-check';
import * as Type from 'typebox';
import { describe, expect, it } from 'vitest';
import { newAjv } from './ajv.js';
import { TASK } from './examples/example.js';
import { sidecarExamples } from './examples/frames.js';
import { hubFrames, sidecarFrames } from './frames.js';
import { TaskListQuery } from './http.js';
import { LIMITS } from './limits.js';
import { closed } from './primitives.js';
import { TaskSpec } from './task.js';
import { compile, compileFrames } from './validate.js';

const spec = { title: 'Fix it', prompt: 'Please fix it.' };
const validateSpec = compile(TaskSpec);
const readFrame = compileFrames(sidecarFrames);

function details(value: unknown) {
  const validated = validateSpec(value);
  return validated.ok ? [] : validated.details;
}

describe('a validator', () => {
  it('says in words what is wrong, once for each field, each under its own pointer', () => {
    const wrong = { title: 'x'.repeat(300), lane: 'fast', needs: ['git', 5, 'A'], repo: { base: '-x' }, colour: 1 };
    const byPath = Object.fromEntries(details(wrong).map(({ path, message }) => [path, message]));
    expect(byPath).toEqual({
      '/prompt': 'is required',
      '/colour': 'is not a known field',
      '/title': `must have at most ${LIMITS.titleChars} characters`,
      '/lane': 'must be one of urgent, high, normal, low',
      '/needs/1': 'must be a string',
      '/needs/2': 'must be lower-case letters, digits and . _ : -, beginning with a letter or digit',
      '/repo/url': 'is required',
      '/repo/base': 'must be a branch name that git accepts and that does not begin with a hyphen',
    });
  });

  it('names the entry that is wrong where one thing or a list of it may be given', () => {
    const names = Type.Union(
      [Type.String({ maxLength: 3 }), Type.Array(Type.String({ maxLength: 3 }), { minItems: 1 })],
      {
        mustBe: 'a name or several',
      },
    );
    const validate = compile(Type.Object({ names }));
    const paths = (value: unknown) => {
      const validated = validate({ names: value });
      return validated.ok ? [] : validated.details.map(({ path, message }) => `${path} ${message}`);
    };
    expect(paths(['abc', 'abcd'])).toEqual(['/names/1 must have at most 3 characters']);
    expect(paths('abcd')).toEqual(['/names must be a name or several']);
    expect(paths([])).toEqual(['/names must be a name or several']);
    expect(paths(7)).toEqual(['/names must be a name or several']);
  });

  it('counts characters, not their halves', () => {
    const validate = compile(closed({ word: Type.String({ minLength: 3 }), name: Type.String({ minLength: 1 }) }));
    const refused = (word: string, name: string) => {
      const validated = validate({ word, name });
      return validated.ok ? '' : validated.details.map(({ message }) => message).join('; ');
    };
    expect(refused('😀😀😀', '😀')).toBe('');
    expect(refused('abc', 'a')).toBe('');
    expect(refused('😀😀', 'a')).toBe('must have at least 3 characters');
    expect(refused('ab', '')).toBe('must have at least 3 characters; must not be empty');
  });

  it('never repeats the value that it refuses', () => {
    const secret = 'hunter2-hunter2';
    const wrong = {
      title: `${secret}\n`,
      prompt: 5,
      lane: secret,
      repo: { url: `https://u:${secret}@h/x` },
      notBefore: secret,
    };
    expect(JSON.stringify(details(wrong))).not.toContain(secret);
    expect(details(wrong)).toHaveLength(5);
  });

  it('calls input that is only too large in bytes too large, and counts bytes, not characters', () => {
    const prompt = 'ü'.repeat(LIMITS.promptBytes / 2);
    expect(validateSpec({ ...spec, prompt }).ok).toBe(true);
    expect(validateSpec({ ...spec, prompt: `${prompt}x` })).toEqual({
      ok: false,
      code: 'task.too_large',
      details: [{ path: '/prompt', message: `must have at most ${LIMITS.promptBytes} bytes in UTF-8` }],
    });
    expect(validateSpec({ ...spec, prompt: `${prompt}x`, lane: 'x' })).toMatchObject({
      ok: false,
      code: 'request.invalid',
    });
  });

  it('counts the size of data as JSON text', () => {
    const data = 'x'.repeat(LIMITS.dataBytes - 2);
    expect(validateSpec({ ...spec, data }).ok).toBe(true);
    expect(validateSpec({ ...spec, data: `${data}x` })).toMatchObject({ ok: false, code: 'task.too_large' });
    expect(validateSpec({ ...spec, data: data.replace('x', '"') })).toMatchObject({
      ok: false,
      code: 'task.too_large',
    });
  });

  it('names a bounded number of faults, and one alone when the input is large', () => {
    const some = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`k${i}`, 1]));
    expect(details({ ...spec, ...some })).toHaveLength(LIMITS.errorDetails);
    const many = Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`k${i}`, 1]));
    expect(details({ ...spec, ...many })).toHaveLength(1);
  });

  it('keeps pointers short when the names in them are long', () => {
    const [detail] = details({ ...spec, ['k'.repeat(100_000)]: 1 });
    expect(detail?.path.length).toBeLessThan(300);
    const [label] = details({ ...spec, labels: { ['l'.repeat(100_000)]: 'x' } });
    expect(label?.path.length).toBeLessThan(300);
  });

  it('reads texts as numbers and lists where a query wants them, and only there', () => {
    const query = compile(TaskListQuery, 'query');
    expect(query({ limit: '50', state: 'dead', label: ['a=b', 'c'] })).toEqual({
      ok: true,
      value: { limit: 50, state: ['dead'], label: ['a=b', 'c'] },
    });
    expect(query({ limit: '' })).toMatchObject({ ok: false, details: [{ path: '/limit' }] });
    expect(query({ limit: '5x' })).toMatchObject({
      ok: false,
      details: [{ path: '/limit', message: 'must be an integer' }],
    });
    expect(query({ limit: '-1' })).toMatchObject({ ok: false, details: [{ message: 'must be at least 1' }] });
    for (const text of ['0x10', '0b1', '1e2', '5.0', ' 5', '+5', '05', '٥'])
      expect(query({ limit: text }), text).toMatchObject({ ok: false, details: [{ message: 'must be an integer' }] });
    expect(query({ agent: ['a', 'b'] })).toMatchObject({ ok: false, details: [{ path: '/agent' }] });
    expect(compile(TaskListQuery)({ limit: '50' })).toMatchObject({ ok: false });
  });

  it('drops unknown fields of an answer at every depth, and what data holds stays whole', () => {
    const read = compileFrames(hubFrames, 'answer');
    const task = {
      ...spec,
      id: TASK,
      lane: 'low',
      needs: [],
      labels: { a: 'b' },
      maxAttempts: 1,
      runTimeoutSeconds: 1,
    };
    const repo = { url: 'file:///srv/a.git', shallow: true };
    const assign = { task: { ...task, dependsOn: [], repo, data: { any: { thing: 1 } }, mood: 'good' }, generation: 1 };
    expect(read({ type: 'task.assign', ...assign, acceptWithinMs: 1, hurry: true })).toEqual({
      ok: true,
      frame: {
        type: 'task.assign',
        task: { ...task, dependsOn: [], repo: { url: repo.url }, data: { any: { thing: 1 } } },
        generation: 1,
        acceptWithinMs: 1,
      },
    });
  });

  it('refuses to compile a schema with a misspelt keyword', () => {
    const misspelt = compile(closed({ a: Type.String({ maxLenght: 5 }) }));
    expect(() => misspelt({})).toThrow('maxLenght');
    expect(() => newAjv('input', true, true).compile({ type: 'string', maxLength: 'five' })).toThrow('maxLength');
  });

  it('answers whatever JSON it is given', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const validated = validateSpec(value);
        expect(validated.ok || validated.details.length > 0).toBe(true);
      }),
    );
  });
});

describe('reading a frame', () => {
  it('hands over a valid frame as it is', () => {
    const frame = { type: 'task.accept', id: '1', task: TASK, generation: 3 };
    expect(readFrame(frame)).toEqual({ ok: true, frame });
  });

  it.each([null, 5, 'hello', [], [{ type: 'hello' }]])('refuses %j, which is no object', (value) => {
    expect(readFrame(value)).toMatchObject({ ok: false, refusal: { code: 'request.invalid' } });
  });

  it.each([
    {},
    { type: 5 },
    { type: 'welcome' },
    { type: 'constructor' },
    { type: '__proto__' },
    { type: 'toString' },
    { type: 'message.sent', to: 'agent:x', body: 'y' },
  ])('knows no type in %j, and complains of nothing else', (value) => {
    const read = readFrame({ id: 'r1', ...value });
    expect(read).toMatchObject({
      ok: false,
      re: 'r1',
      refusal: { code: 'protocol.unknown_type', details: [{ path: '/type' }] },
    });
  });

  it('says which request it refuses, when the request has a usable id', () => {
    expect(readFrame({ type: 'task.accept', id: 'r1' })).toMatchObject({
      re: 'r1',
      refusal: { code: 'request.invalid' },
    });
    expect(readFrame({ type: 'task.accept', id: 5 })).toHaveProperty('re', 5);
    for (const id of [undefined, -5, 1.5, '', 'x'.repeat(LIMITS.idChars + 1), { a: 1 }]) {
      expect(readFrame({ type: 'task.accept', id })).not.toHaveProperty('re');
    }
  });

  it('finds the faults of the type that the frame claims, not of others', () => {
    const read = readFrame({ type: 'task.fail', id: '1', task: TASK, generation: 1, seq: 1, result: { summary: '' } });
    const paths = read.ok ? [] : (read.refusal.details ?? []).map((detail) => detail.path);
    expect(paths.sort()).toEqual(['/error', '/result']);
  });

  it('tells a report that is only too large from one that is wrong', () => {
    const [complete] = sidecarExamples['task.complete'].valid;
    const summary = 'x'.repeat(LIMITS.summaryBytes + 1);
    expect(readFrame({ ...complete, result: { summary } })).toMatchObject({ refusal: { code: 'task.too_large' } });
  });

  it('answers whatever JSON it is given under every type', () => {
    const types = fc.constantFrom(...Object.keys(sidecarFrames));
    fc.assert(
      fc.property(types, fc.dictionary(fc.string(), fc.jsonValue()), (type, fields) => {
        const read = readFrame({ ...fields, type });
        expect(read.ok || read.refusal.details?.length !== 0).toBe(true);
      }),
    );
  });
});
