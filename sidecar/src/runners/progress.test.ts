import { describe, expect, it } from 'vitest';
import { parseProgress } from './progress.js';

describe('a message of progress', () => {
  it.each([
    ['{"progress":{"note":"half"}}', { note: 'half' }],
    ['{"progress":{"fraction":0.5,"more":1}}', { fraction: 0.5 }],
    ['{"progress":{"note":"x","fraction":7}}', { note: 'x' }],
    [`{"progress":{"note":"${'é'.repeat(2000)}"}}`, { note: 'é'.repeat(1024) }],
    ['{"progress":{"note":"\\ud800"}}', { note: '\ufffd' }],
  ])('%s is read', (text, progress) => {
    expect(parseProgress(text)).toEqual(progress);
  });

  it.each(['', 'null', '[]', '{"progress":1}', '{"progress":{}}', '{"progress":{"note":""}}', '{"done":true}'])(
    '%j tells nothing',
    (text) => {
      expect(parseProgress(text)).toBeUndefined();
    },
  );
});
