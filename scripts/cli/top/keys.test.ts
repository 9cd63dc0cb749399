import { expect, it } from 'vitest';
import { keysOf } from './keys.js';

it('names what a terminal sends', () => {
  expect(keysOf('j\u001b[A\u001b[B\u001bOA\r\u007f\u0003')).toEqual([
    'j',
    'up',
    'down',
    'up',
    'enter',
    'backspace',
    'ctrl-c',
  ]);
  expect(keysOf('\u001b[5~\u001b[Z\u001b')).toEqual(['page-up', 'shift-tab', 'escape']);
});

it('takes text of any language as its characters, and leaves out keys that it does not know', () => {
  expect(keysOf('aé日😀')).toEqual(['a', 'é', '日', '😀']);
  expect(keysOf('\u001b[15~\u001b[1;5C\u0000x')).toEqual(['x']);
});
