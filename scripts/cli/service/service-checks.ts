// Whether what a service starts is still there: its definition names files, and those move.

import { access, readFile } from 'node:fs/promises';
import { isAtLeast } from '@agentcom/sidecar/git/version';
import { type Environment, exec } from '@agentcom/sidecar/host/exec';
import { type Check, fail, pass, warn } from '../join/check.js';
import { NODE_MINIMUM } from '../join/machine-checks.js';
import type { Service } from './service.js';

const QUOTED = /"((?:[^"\\]|\\.)*)"/g;

/** `again` is the command that writes it anew. */
export async function checkServiceFiles(service: Service, again: string, env: Environment): Promise<Check> {
  const name = 'service';
  const remedy = `Recreate it: ${again}`;
  const text = await readFile(service.file, 'utf8').catch(() => undefined);
  if (text === undefined) return fail(name, `${service.file} cannot be read`, remedy);
  for (const path of programsOf(text)) {
    if (!(await isThere(path))) return fail(name, `${service.file} starts ${path}, which is gone`, remedy);
    const script = path.endsWith('.sh') ? await readFile(path, 'utf8').catch(() => '') : '';
    const file = wordIn(script, 'entry');
    if (file !== undefined && !(await isThere(file)))
      return fail(name, `${path} starts ${file}, which is gone`, remedy);
    const node = wordIn(script, 'node');
    const why = node === undefined ? undefined : await whyNotNode(node, env);
    if (why !== undefined) return warn(name, `${path} looks for another Node, since ${node} ${why}`, remedy);
  }
  return pass(name, service.file);
}

/** What a launcher says of one of its files. */
function wordIn(script: string, name: 'entry' | 'node'): string | undefined {
  const word = new RegExp(`^${name}=(.*)$`, 'm').exec(script)?.[1];
  return word === undefined ? undefined : plain(word);
}

/** Undefined when it is one that AgentCom runs on. */
async function whyNotNode(path: string, env: Environment): Promise<string | undefined> {
  if (!(await isThere(path))) return 'is gone';
  const answer = await exec(path, ['--version'], { env });
  if (!answer.ok) return 'does not run';
  return isAtLeast(answer.stdout.replace(/^v/, ''), NODE_MINIMUM) ? undefined : 'is too old';
}

/** Absolute paths in the command line of a unit or a property list, up to the first that is an argument for the command itself. */
function programsOf(text: string): readonly string[] {
  const line = /^ExecStart=(.*)$/m.exec(text)?.[1];
  const words =
    line === undefined
      ? [
          ...(/<key>ProgramArguments<\/key>\s*<array>([\s\S]*?)<\/array>/g
            .exec(text)?.[1]
            ?.matchAll(/<string>(.*?)<\/string>/g) ?? []),
        ].map(([, word = '']) => word)
      : [...line.matchAll(QUOTED)].map(([, word = '']) =>
          word.replace(/\\(.)/g, '$1').replaceAll('%%', '%').replaceAll('$$', '$'),
        );
  const own = words.indexOf('sidecar');
  return words.slice(0, own === -1 ? undefined : own).filter((word) => word.startsWith('/'));
}

/** A word as `shellWord` writes it. */
function plain(word: string): string {
  return word.startsWith("'") ? word.slice(1, -1).replaceAll("'\\''", "'") : word;
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
