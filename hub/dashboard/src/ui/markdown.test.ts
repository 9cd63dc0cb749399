import { expect, test } from 'vitest';
import { blocksOf, inlinesOf } from './markdown.js';

test('a runbook is read as its parts', () => {
  const text = [
    '# NoAgents',
    '',
    'Nothing runs.',
    'At all.',
    '',
    '```sh',
    'agentcom agent list | sort',
    '```',
    '',
    '| see | fix |',
    '| --- | --- |',
    '| `a | b` | do [it](X.md) |',
    '',
    '- one',
    '  and more',
    '- two',
    '1. first',
  ].join('\n');
  expect(blocksOf(text)).toEqual([
    { kind: 'heading', level: 1, text: 'NoAgents' },
    { kind: 'paragraph', text: 'Nothing runs. At all.' },
    { kind: 'code', text: 'agentcom agent list | sort' },
    { kind: 'table', head: ['see', 'fix'], rows: [['`a | b`', 'do [it](X.md)']] },
    { kind: 'list', isNumbered: false, items: ['one and more', 'two', 'first'] },
  ]);
});

test('code, weight and links stand in text, and everything else is text', () => {
  expect(inlinesOf('Run `a <b>` **now**, see [X](X.md). <i>')).toEqual([
    { kind: 'text', text: 'Run ' },
    { kind: 'code', text: 'a <b>' },
    { kind: 'text', text: ' ' },
    { kind: 'strong', text: 'now' },
    { kind: 'text', text: ', see ' },
    { kind: 'link', text: 'X', to: 'X.md' },
    { kind: 'text', text: '. <i>' },
  ]);
});

test('a fence that nobody closes ends with the text', () => {
  expect(blocksOf('```\na')).toEqual([{ kind: 'code', text: 'a' }]);
});
