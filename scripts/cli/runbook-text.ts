// The runbooks of the rules of alerts, as people read them at a terminal: with commands for links, and a row of a table as lines.

/** Put in by the build, as JSON: Markdown, by rule. */
declare const __AGENTCOM_RUNBOOKS__: string;

const RUNBOOKS: Readonly<Record<string, string>> = JSON.parse(__AGENTCOM_RUNBOOKS__);

export const RUNBOOK_NAMES: readonly string[] = Object.keys(RUNBOOKS);

/** Undefined where no rule has that name. */
export function runbookText(rule: string): string | undefined {
  const text = Object.hasOwn(RUNBOOKS, rule) ? RUNBOOKS[rule] : undefined;
  return text === undefined ? undefined : asLines(text.replaceAll(LINK, linked)).join('\n').trim();
}

const LINK = /\[([^\]]+)\]\(([^)]+)\)/g;

function linked(_link: string, name: string, target: string): string {
  if (target.startsWith('../alerts.md#')) return `\`agentcom config get alerts.rules.${name}\``;
  const [, rule] = /^(\w+)\.md$/.exec(target) ?? [];
  return rule === undefined ? `${name} of the documentation` : `\`agentcom explain ${rule}\``;
}

function asLines(text: string): string[] {
  const lines: string[] = [];
  let heads: readonly string[] | undefined;
  for (const line of text.split('\n')) {
    const cells = cellsOf(line);
    if (cells === undefined) {
      heads = undefined;
      if (!line.startsWith('```')) lines.push(line.replaceAll('**', '').replace(/^#+ /, ''));
    } else if (heads === undefined) heads = cells;
    else if (!cells.every((cell) => /^-+$/.test(cell))) lines.push(...rowLines(heads, cells));
  }
  return lines;
}

function cellsOf(line: string): readonly string[] | undefined {
  if (!line.startsWith('|')) return undefined;
  const cells = line.split(/(?<!\\)\|/).slice(1, -1);
  return cells.map((cell) => cell.trim().replaceAll('\\|', '|'));
}

function rowLines(heads: readonly string[], [first = '', ...rest]: readonly string[]): string[] {
  const rows = rest.flatMap((cell, i) => (cell === '' ? [] : [`  ${heads[i + 1] ?? ''}: ${cell}`]));
  return [`• ${first}`, ...rows];
}
