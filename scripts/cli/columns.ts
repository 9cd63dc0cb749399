// How many columns texts take on a terminal, and where to cut them. A short command pays for no more than its texts need.

import stringWidth from 'fast-string-width';

const ELLIPSIS = '…';
const PLAIN = /^[ -~]*$/;
/** Drawn as nothing; the library counts a column for each. */
const INVISIBLE = /[\u200b\u200c\u2060\ufeff]/g;

/** Emoji and CJK characters take two columns; marks and colours take none. */
export function columnsOf(text: string): number {
  return stringWidth(text.replace(INVISIBLE, ''));
}

/** The text in at most so many columns, with an ellipsis for what was cut. */
export function clipped(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text;
  if (columns < 1) return '';
  const room = columns - 1;
  return (PLAIN.test(text) ? text.slice(0, room) : wholeCharacters(text, room)) + ELLIPSIS;
}

function wholeCharacters(text: string, columns: number): string {
  let left = columns;
  for (const { segment, index } of new Intl.Segmenter().segment(text)) {
    left -= columnsOf(segment);
    if (left < 0) return text.slice(0, index);
  }
  return text;
}
