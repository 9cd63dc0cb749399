import type { TaskDiff } from '@agentcom/schemas';
import { describe, expect, it } from 'vitest';
import { Refusal } from '../../core/refusal.js';
import { commentsText } from './comment-text.js';

const TEXT = `diff --git a/src/a.ts b/src/b.ts
similarity index 80%
rename from src/a.ts
rename to src/b.ts
--- a/src/a.ts
+++ b/src/b.ts
@@ -10,4 +10,5 @@ function f() {
 ten
-eleven
+eleven, now
+twelve, now
 thirteen
\\ No newline at end of file
diff --git "a/\\303\\274\\tb" "b/\\303\\274\\tb"
new file mode 100644
--- /dev/null
+++ "b/\\303\\274\\tb"
@@ -0,0 +1 @@
+--- a/evil
diff --git a/with space b/with space
--- a/with space\t
+++ b/with space\t
@@ -1 +1 @@
-x
+${'y'.repeat(300)}
`;

const diff: TaskDiff = {
  ...{ task: '019a8f6c-0000-7000-8000-000000000001', generation: 1, at: '2026-01-31T12:00:00.000Z', stage: 'result' },
  ...{ base: 'a'.repeat(40), files: 4, added: 4, removed: 2, text: TEXT },
  items: [
    { path: 'src/b.ts', from: 'src/a.ts', status: 'renamed', added: 2, removed: 1 },
    { path: 'ü\tb', status: 'added', added: 1, removed: 0 },
    { path: 'with space', status: 'modified', added: 1, removed: 1 },
    { path: 'logo.png', status: 'added' },
  ],
};

describe('a comment', () => {
  it('has the line that it is about, and those around it', () => {
    const text = commentsText([{ file: 'src/b.ts', line: 12, text: 'Why?\nReally.' }], diff);
    expect(text).toBe(
      `src/b.ts, line 12:
     11 - eleven
     11 + eleven, now
>    12 + twelve, now
     13   thirteen

  Why?
  Really.`.replace('     11 - eleven\n     11 +', '     11 - eleven\n     11 +'),
    );
  });

  it('may be on a line that is gone, by the name that the file had', () => {
    const text = commentsText([{ file: 'src/a.ts', line: 11, side: 'old', text: 'Keep it.' }], diff);
    expect(text).toContain('src/a.ts, line 11 before the change:\n     10   ten\n>    11 - eleven\n');
  });

  it('finds files of any name', () => {
    expect(commentsText([{ file: 'ü\tb', line: 1, text: 'x' }], diff)).toBe(
      'ü b, line 1:\n>     1 + --- a/evil\n\n  x',
    );
    expect(commentsText([{ file: 'with space', line: 1, text: 'x' }], diff)).toContain(`+ ${'y'.repeat(200)} …\n`);
  });

  it('stands without lines where the diff shows none', () => {
    expect(commentsText([{ file: 'src/b.ts', line: 400, text: 'x' }], diff)).toBe('src/b.ts, line 400:\n\n  x');
    expect(commentsText([{ file: 'logo.png', line: 1, text: 'x' }], diff)).toBe('logo.png, line 1:\n\n  x');
  });

  it('on a file that has not changed is refused, and named', () => {
    const comments = ['src/b.ts', 'evil'].map((file) => ({ file, line: 1, text: 'x' }));
    const refused = commentsText(comments, diff);
    expect(refused).toBeInstanceOf(Refusal);
    expect(refused).toMatchObject({ details: [{ path: '/comments/1/file' }] });
  });

  it('on a file that is perhaps not listed is taken', () => {
    expect(commentsText([{ file: 'other', line: 1, text: 'x' }], { ...diff, files: 5 })).toBe('other, line 1:\n\n  x');
  });
});
