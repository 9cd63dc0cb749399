import { carriedAfter, plainText } from '@agentcom/schemas/terminal-text';
import { expect, test } from 'vitest';
import { partsOf } from './ansi.js';

const ESC = '\u001b';
const shown = (line: string, carried?: string): string =>
  partsOf(line, carried)
    .map(({ text, look }) => (look.length === 0 ? text : `<${look.join(' ')}:${text}>`))
    .join('');

test('colours become the colours of the theme', () => {
  expect(shown(`${ESC}[31mred${ESC}[0m plain ${ESC}[1;32mgreen`)).toBe(
    '<ansi-red:red> plain <ansi-green ansi-bold:green>',
  );
  expect(shown(`${ESC}[91mbright ${ESC}[90mgrey`)).toBe('<ansi-red:bright ><ansi-dim:grey>');
  expect(shown(`${ESC}[38;5;46mpalette ${ESC}[38;2;20;20;250mexact`)).toBe('<ansi-green:palette ><ansi-blue:exact>');
  expect(shown(`${ESC}[38;5;240mgrey${ESC}[37mwhite`)).toBe('greywhite');
});

test.each([
  ['a title', `${ESC}]0;pwned\u0007text`, 'text'],
  ['a link', `${ESC}]8;;javascript:alert(1)${ESC}\\click${ESC}]8;;${ESC}\\`, 'click'],
  ['the clipboard', `${ESC}]52;c;cm0gLXJm\u0007x`, 'x'],
  ['a device string', `${ESC}P1$r0m${ESC}\\x`, 'x'],
  ['the cursor', `${ESC}[2J${ESC}[1;1Hhome`, 'home'],
  ['a private mode', `${ESC}[?1049hx${ESC}[>1mx`, 'xx'],
  ['half a sequence', `a${ESC}]0;never ends`, 'a·]0;never ends'],
  ['other controls', 'a\u0000b\u0008c\u009b31md', 'a·b·c·31md'],
  ['the direction of text', 'a\u202eb', 'a·b'],
  ['what is written over', '10 %\r 50 %\r100 %', '100 %'],
  ['the end of a line of Windows', 'text\r', 'text'],
])('%s does nothing', (_, line, text) => {
  expect(plainText(line)).toBe(text);
  expect(
    partsOf(line)
      .map((part) => part.text)
      .join(''),
  ).toBe(text);
});

test('a colour goes on in the next line until it is reset', () => {
  const after = carriedAfter(`${ESC}[31mred`, '');
  expect(shown('still', after)).toBe('<ansi-red:still>');
  expect(carriedAfter('no colours', after)).toBe(after);
  expect(carriedAfter(`x${ESC}[0m`, after)).toBe('');
  expect(carriedAfter(`${ESC}[32m`.repeat(100), '').length).toBeLessThan(100);
});
