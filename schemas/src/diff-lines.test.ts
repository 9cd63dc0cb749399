import { expect, test } from 'vitest';
import { sectionsOf } from './diff-lines.js';

const DIFF = `diff --git a/a.txt b/a.txt
index 1..2 100644
--- a/a.txt
+++ b/a.txt
@@ -1,2 +1,2 @@
 same
-old
+new
@@ -9 +9,2 @@ heading
 nine
+ten
diff --git "a/\\303\\274.txt" "b/\\303\\274.txt"
new file mode 100644
--- /dev/null
+++ "b/\\303\\274.txt"
@@ -0,0 +1 @@
+--- no head
diff --git a/logo.png b/logo.png
Binary files differ
`;

test('a diff is told apart by file, with the numbers of its lines', () => {
  const [first, second, third] = sectionsOf(DIFF);
  expect(first?.names).toEqual(['a.txt', 'a.txt']);
  expect(first?.hunks.map((hunk) => hunk.map(({ sign, numbers }) => [sign, numbers.old, numbers.new]))).toEqual([
    [
      [' ', 1, 1],
      ['-', 2, undefined],
      ['+', undefined, 2],
    ],
    [
      [' ', 9, 9],
      ['+', undefined, 10],
    ],
  ]);
  expect(second?.names).toEqual(['ü.txt']);
  expect(second?.hunks[0]?.[0]?.text).toBe('--- no head');
  expect(third).toEqual({ names: [], hunks: [] });
});

test('an empty diff says nothing', () => {
  expect(sectionsOf('')).toEqual([]);
});
