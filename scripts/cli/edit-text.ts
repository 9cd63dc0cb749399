// A text in the editor of the person at the terminal: $VISUAL, $EDITOR or vi, started as it is written there, without a shell.

import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type CommandError, codeOf, failed, Interrupted } from './exit.js';
import { oneLine } from './text.js';
import type { World } from './world.js';

/** A file with the text, until it is removed; only its owner may read it. */
export class EditedFile {
  private constructor(readonly path: string) {}

  /** Throws when the editor could not be started or failed; the file is gone then. */
  static async edit(world: World, text: string): Promise<EditedFile> {
    const dir = await mkdtemp(join(tmpdir(), 'agentcom-edit-'));
    const file = new EditedFile(join(dir, 'prompt.md'));
    try {
      await writeFile(file.path, text.endsWith('\n') ? text : `${text}\n`, { mode: 0o600 });
      await runEditor(world, file.path);
      return file;
    } catch (error) {
      await file.remove();
      throw error;
    }
  }

  remove(): Promise<void> {
    return rm(dirname(this.path), { recursive: true, force: true });
  }
}

async function runEditor(world: World, path: string): Promise<void> {
  const [program = 'vi', ...args] = (world.env.VISUAL || world.env.EDITOR || 'vi').trim().split(/\s+/);
  const editor = spawn(program, [...args, path], { stdio: 'inherit' });
  let received: NodeJS.Signals | undefined;
  // Ctrl-C in an editor is for the editor, which has the terminal.
  const release = world.onStopSignal((signal) => {
    if (signal === 'SIGINT') return;
    received ??= signal;
    editor.kill(signal);
  });
  try {
    const ended = await new Promise<string | undefined>((resolve, reject) => {
      editor.once('error', (cause) => reject(notStarted(program, cause)));
      editor.once('exit', (code, signal) => resolve(code === 0 ? undefined : (signal ?? `exit code ${code}`)));
    });
    if (received !== undefined) throw new Interrupted(received);
    if (ended !== undefined)
      throw failed(
        'editor.failed',
        `the editor ${oneLine(program)} ended with ${ended}`,
        'Nothing was changed. Run the command again.',
      );
  } finally {
    release();
  }
}

function notStarted(program: string, cause: unknown): CommandError {
  const message = `the editor ${oneLine(program)} cannot be started (${codeOf(cause)})`;
  return failed('editor.failed', message, 'Set VISUAL or EDITOR to a program that is installed.');
}
