// Adds settings to a configuration file of git's, all in one write where `git config` would take a process for each.

import { appendFile } from 'node:fs/promises';

/** Names as git has them: `section.key` or `section.any text.key`. */
export async function addSettings(file: string, settings: Readonly<Record<string, string>>): Promise<void> {
  const text = Object.entries(settings).map(([name, value]) => {
    const section = name.slice(0, name.indexOf('.'));
    const key = name.slice(name.lastIndexOf('.') + 1);
    const within = name.slice(section.length + 1, -key.length - 1);
    return `[${section}${within === '' ? '' : ` ${quoted(within)}`}]\n\t${key} = ${quoted(value)}\n`;
  });
  await appendFile(file, text.join(''));
}

function quoted(text: string): string {
  if (/[\n\0]/.test(text)) throw new Error('a setting of git has one line');
  return `"${text.replace(/[\\"]/g, '\\$&')}"`;
}
