import { expect, it } from 'vitest';
import { Screen } from './screen.js';

function opened() {
  const written: string[] = [];
  const screen = new Screen({ write: (text) => void written.push(text) });
  screen.open();
  written.length = 0;
  return { screen, written };
}

it('writes the lines that are different, and nothing where none is', () => {
  const { screen, written } = opened();
  screen.draw(['one', 'two']);
  expect(written.splice(0)).toEqual(['\u001b[1;1H\u001b[Kone\u001b[2;1H\u001b[Ktwo']);
  screen.draw(['one', '2']);
  expect(written.splice(0)).toEqual(['\u001b[2;1H\u001b[K2']);
  screen.draw(['one', '2']);
  expect(written).toEqual([]);
});

it('writes everything after the terminal has changed', () => {
  const { screen, written } = opened();
  screen.draw(['one']);
  screen.forget();
  screen.draw(['one']);
  expect(written.slice(1)).toEqual(['\u001b[2J', '\u001b[1;1H\u001b[Kone']);
});

it('gives back what was there, once, and draws nothing after that', () => {
  const { screen, written } = opened();
  screen.close();
  screen.close();
  screen.draw(['late']);
  screen.forget();
  expect(written).toEqual(['\u001b[?7h\u001b[?25h\u001b[?1049l']);
});
