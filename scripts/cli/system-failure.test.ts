import { expect, it } from 'vitest';
import { EXIT } from './exit.js';
import { refusedBySystem } from './system-failure.js';

const system = (code: string) =>
  Object.assign(new Error(`${code}: mkdir '/a'`), { code, path: '/a', syscall: 'mkdir' });

it('says what to do about a file that the system refuses, and ends with 77 unless there may be room later', () => {
  for (const code of ['EACCES', 'EPERM', 'EROFS']) {
    expect(refusedBySystem(system(code))).toMatchObject({ exit: EXIT.notAllowed, code: 'system.refused' });
  }
  expect(refusedBySystem(system('EACCES'))?.remedy).toContain('owner');
  expect(refusedBySystem(system('EROFS'))?.remedy).toContain('HOME');
  expect(refusedBySystem(system('ENOSPC'))).toMatchObject({ exit: EXIT.failed, code: 'system.refused' });
});

it('leaves alone what is about no file, and what is a bug', () => {
  expect(refusedBySystem(Object.assign(new Error('listen EACCES'), { code: 'EACCES' }))).toBeUndefined();
  expect(refusedBySystem(new TypeError('x is not a function'))).toBeUndefined();
  expect(refusedBySystem(system('ENOENT'))).toBeUndefined();
});
