// Reads what our own pages of documentation use of Markdown: headings, paragraphs, lists, tables, code. Pure; nothing becomes markup.

export type Inline =
  | { readonly kind: 'text' | 'code' | 'strong'; readonly text: string }
  | { readonly kind: 'link'; readonly text: string; readonly to: string };

export type Block =
  | { readonly kind: 'heading'; readonly level: number; readonly text: string }
  | { readonly kind: 'paragraph'; readonly text: string }
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'list'; readonly isNumbered: boolean; readonly items: readonly string[] }
  | { readonly kind: 'table'; readonly head: readonly string[]; readonly rows: readonly (readonly string[])[] };

const FENCE = /^```/;
const HEADING = /^(#{1,6}) (.*)$/;
const ITEM = /^(?:[-*]|(\d+)\.) (.*)$/;

export function blocksOf(text: string): readonly Block[] {
  const blocks: Block[] = [];
  const lines = text.split('\n');
  for (let at = 0; at < lines.length; ) {
    const line = lines[at] ?? '';
    const until = (isEnd: (line: string) => boolean, from: number): number => {
      let end = from;
      while (end < lines.length && !isEnd(lines[end] ?? '')) end++;
      return end;
    };
    const heading = HEADING.exec(line);
    const item = ITEM.exec(line);
    if (line.trim() === '') at++;
    else if (FENCE.test(line)) {
      const end = until((one) => FENCE.test(one), at + 1);
      blocks.push({ kind: 'code', text: lines.slice(at + 1, end).join('\n') });
      at = end + 1;
    } else if (heading) {
      blocks.push({ kind: 'heading', level: heading[1]?.length ?? 1, text: heading[2] ?? '' });
      at++;
    } else if (line.startsWith('|')) {
      const end = until((one) => !one.startsWith('|'), at);
      const [head = [], , ...rows] = lines.slice(at, end).map(cellsOf);
      blocks.push({ kind: 'table', head, rows });
      at = end;
    } else if (item) {
      const end = until((one) => one.trim() === '', at);
      blocks.push({ kind: 'list', isNumbered: item[1] !== undefined, items: itemsOf(lines.slice(at, end)) });
      at = end;
    } else {
      const end = until((one) => one.trim() === '' || FENCE.test(one) || one.startsWith('|') || ITEM.test(one), at);
      blocks.push({ kind: 'paragraph', text: lines.slice(at, end).join(' ') });
      at = end;
    }
  }
  return blocks;
}

/** Lines that begin no item go on with the one before. */
function itemsOf(lines: readonly string[]): string[] {
  const items: string[] = [];
  for (const line of lines) {
    const begun = ITEM.exec(line);
    if (begun) items.push(begun[2] ?? '');
    else items[items.length - 1] = `${items.at(-1) ?? ''} ${line.trim()}`;
  }
  return items;
}

/** A bar inside code is part of the cell. */
function cellsOf(row: string): string[] {
  const cells = [''];
  let isCode = false;
  for (const char of row.trim().replace(/^\||\|$/g, '')) {
    if (char === '`') isCode = !isCode;
    if (char === '|' && !isCode) cells.push('');
    else cells[cells.length - 1] += char;
  }
  return cells.map((cell) => cell.trim());
}

const INLINE = /`([^`]+)`|\*\*([^*]+)\*\*|\[([^\]]+)\]\(([^)\s]+)\)/g;

export function inlinesOf(text: string): readonly Inline[] {
  const inlines: Inline[] = [];
  let at = 0;
  for (const match of text.matchAll(INLINE)) {
    const [whole, code, strong, link, to] = match;
    if (match.index > at) inlines.push({ kind: 'text', text: text.slice(at, match.index) });
    if (code !== undefined) inlines.push({ kind: 'code', text: code });
    else if (strong !== undefined) inlines.push({ kind: 'strong', text: strong });
    else inlines.push({ kind: 'link', text: link ?? '', to: to ?? '' });
    at = match.index + whole.length;
  }
  if (at < text.length) inlines.push({ kind: 'text', text: text.slice(at) });
  return inlines;
}
