// The demonstration's agent: a program like any other that the `command` runner starts. It reads its prompt on standard input,
// works in the directory it is started in, and commits with git.

import { execFile } from 'node:child_process';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { ellipsize } from '@agentcom/schemas/clip';
import { CHECK_FILE, FAULT, FIX, PROGRAM_FILE } from './project.js';

const run = promisify(execFile);
const NOTES_FILE = 'NOTES.md';
const SUBJECT_CHARS = 60;

const prompt = (await text(process.stdin)).trim();
const subject =
  prompt.includes(CHECK_FILE) && (await repaired()) ? 'Count words, not the gaps between them' : await noted(prompt);
await git('add', '--all');
await git('commit', '--quiet', '--message', subject, '--message', `Task: ${process.env.AGENTCOM_TASK_ID ?? 'unknown'}`);
process.stdout.write(`${subject}\n`);

/** Repairs the project when its check fails for the reason known here; says whether it did. */
async function repaired(): Promise<boolean> {
  if (await checkPasses()) return false;
  const program = await readFile(PROGRAM_FILE, 'utf8').catch(() => '');
  if (!program.includes(FAULT)) return false;
  await writeFile(PROGRAM_FILE, program.replace(FAULT, FIX));
  if (await checkPasses()) return true;
  throw new Error(`${CHECK_FILE} still fails after the repair`);
}

/** Anything else it is asked is beyond it: it writes the request down. */
async function noted(request: string): Promise<string> {
  await appendFile(NOTES_FILE, `- ${request.replaceAll('\n', '\n  ')}\n`);
  const line = request.split('\n', 1)[0] ?? '';
  return `Note: ${ellipsize(line, SUBJECT_CHARS)}`;
}

async function checkPasses(): Promise<boolean> {
  try {
    const { stdout } = await run(process.execPath, [CHECK_FILE]);
    process.stdout.write(stdout);
    return true;
  } catch (error) {
    const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error);
    process.stdout.write(`${CHECK_FILE} fails: ${/AssertionError.*?: (.*)/.exec(stderr)?.[1] ?? stderr.trim()}\n`);
    return false;
  }
}

async function git(...args: readonly string[]): Promise<void> {
  await run('git', args);
}
