// `agentcom config …`: the config of a running hub, which takes effect at once.

import type { ConfigPatch } from '@agentcom/schemas';
import type { Command } from 'commander';
import { mergePatchOf, settingAt, settingsIn } from '../config-changes.js';
import { CommandError } from '../exit.js';
import type { Cli, Invocation } from '../invocation.js';
import { fields } from '../layout.js';
import { withExamples } from '../options.js';
import type { Output } from '../output.js';
import { duration, oneLine } from '../text.js';

const MINUTE_MS = 60_000;
/** More settings than all others together, so they are listed when asked for. */
const ALERT_RULES = 'alerts.rules';

export function defineConfig(command: Command, cli: Cli): void {
  addGet(command, cli);
  addSet(command, cli);
}

function addGet(config: Command, cli: Cli): void {
  const command = config
    .command('get')
    .description('show the settings of the running hub')
    .argument('[path]', 'only this setting or section, such as tasks.offlineGraceSeconds');
  withExamples(
    command,
    'agentcom config get',
    'agentcom config get tasks',
    'agentcom config get tasks.offlineGraceSeconds --json',
  ).action(
    cli.act(async (invocation: Invocation, path: string | undefined) => {
      const client = await invocation.client();
      const value = settingAt(await client.call('config.show'), path);
      invocation.out.answer(value, () => settingsText(invocation.out, value, path));
      return undefined;
    }),
  );
}

function addSet(config: Command, cli: Cli): void {
  const command = config
    .command('set')
    .description('change settings of the running hub, all at once and with immediate effect')
    .argument(
      '<path=value...>',
      'a whole number, a duration such as 90s, 10m or 2h, true or false, a word, or null for the default',
    );
  withExamples(
    command,
    'agentcom config set tasks.offlineGraceSeconds=90',
    'agentcom config set tasks.acceptTimeoutSeconds=2m retention.finishedSeconds=7d',
    'agentcom config set alerts.rules.TaskStuck.severity=info',
    'agentcom config set tasks.offlineGraceSeconds=null',
  ).action(
    cli.act(async (invocation: Invocation, changes: readonly string[]) => {
      const patch = mergePatchOf(changes);
      const client = await invocation.client();
      // The hub checks the names and values.
      const { answer: config, version } = await client
        .versioned('config.change', { body: patch as ConfigPatch })
        .catch(inDottedNames);
      invocation.out.answer(config, () => {
        const changed = settingsIn(patch).map(([path]) => [path, shown(path, settingAt(config, path))] as const);
        const lines = [fields(invocation.out, changed)];
        return version === undefined
          ? lines.join('\n')
          : [...lines, `Version ${oneLine(version)} is in effect.`].join('\n');
      });
      return undefined;
    }),
  );
}

function settingsText(out: Output, value: unknown, path: string | undefined): string {
  const settings = settingsIn(value, path ?? '');
  const [only] = settings;
  if (settings.length === 1 && only?.[0] === path) return plain(only?.[1]);
  const isApart = (name: string): boolean =>
    path?.startsWith(ALERT_RULES) !== true && name.startsWith(`${ALERT_RULES}.`);
  const rows = settings
    .filter(([name]) => !isApart(name))
    .map(([name, setting]) => [name, shown(name, setting)] as const);
  const apart: readonly (readonly [string, string])[] = settings.some(([name]) => isApart(name))
    ? [[ALERT_RULES, `see: agentcom config get ${ALERT_RULES}`]]
    : [];
  return fields(out, [...rows, ...apart]);
}

function plain(value: unknown): string {
  return oneLine(String(value));
}

/** Whole minutes also as people read them. */
function shown(path: string, value: unknown): string {
  if (!path.endsWith('Seconds') || typeof value !== 'number') return plain(value);
  const ms = value * 1000;
  const isRound = ms >= MINUTE_MS && ms % MINUTE_MS === 0;
  return isRound ? `${value} (${duration(ms)})` : String(value);
}

/** The hub names fields by JSON pointers; people here have given dotted names. */
function inDottedNames(error: unknown): never {
  if (!(error instanceof CommandError) || error.details.length === 0) throw error;
  throw new CommandError(error.exit, error.code, error.message, {
    details: error.details.map(({ path, message }) => ({
      path: path.replace(/^\//, '').replaceAll('/', '.'),
      message,
    })),
    remedy: 'Nothing was changed. Correct these settings and retry.',
    cause: error,
  });
}
