// `agentcom sidecar`: the sidecar of one agent in the foreground, until a signal.

import { dirname, resolve } from 'node:path';
import { isInTheClear } from '@agentcom/schemas/host/network/proxy';
import type { SidecarConfig } from '@agentcom/sidecar/config';
import type { Command } from 'commander';
import { CommandError, codeOf, EXIT, failed, messageOf } from '../exit.js';
import type { Cli, Invocation } from '../invocation.js';
import { notEncrypted } from '../not-encrypted.js';
import { withExamples } from '../options.js';
import { settingsEnv } from '../settings.js';
import { listenForStop } from '../stop-signal.js';
import type { World } from '../world.js';

export function defineSidecar(command: Command, cli: Cli): void {
  command
    .requiredOption('--config <file>', 'the configuration file written by `agentcom join`')
    .option('--inherit-env', 'pass the whole environment to the agent, including editor, pager and prompts');
  withExamples(command, 'agentcom sidecar --config ~/.local/share/agentcom/agents/duly-noted/sidecar.toml').action(
    cli.act(async ({ world, out }: Invocation, flags: SidecarFlags) => {
      const { preferSmallHeap } = await import('@agentcom/sidecar/small-heap');
      preferSmallHeap();
      const settings = withFlags(await sidecarSettings(world, flags.config), flags);
      requireEncrypted(settings);
      const { ProgramMoved, startSidecar } = await import('@agentcom/sidecar/main');
      const { NoKey } = await import('@agentcom/sidecar/link/key-file');
      const { SHIM_TEXT: shim } = await import('../shim-text.js');
      const { logPlace, processLog } = await import('../log.js');
      const stopping = listenForStop(world);
      try {
        const { log: logger } = await processLog(world, settings.logLevel, logPlace(world, { answers: false }));
        const sidecar = await startSidecar(settings, { logger, shim, command: ownCommand(world) }).catch(
          (cause: unknown) => {
            throw cause instanceof NoKey ? notAllowed(cause, 'auth.missing', settings) : notStarted(cause, settings);
          },
        );
        out.note(`Agent ${settings.name} is working for ${settings.hub}. Press Ctrl-C to stop.`);
        const ended = await Promise.race([stopping.asked, world.parentGone, sidecar.stopped]);
        await sidecar.stop();
        // A service is started again, by another Node when this one is gone.
        if (ended instanceof ProgramMoved) throw failed('sidecar.moved', ended.message);
        if (ended instanceof Error) {
          throw notAllowed(ended, ended.cause === 'other_machine' ? 'agent.other_machine' : 'auth.invalid', settings);
        }
      } finally {
        stopping.release();
      }
      return undefined;
    }),
  );
}

interface SidecarFlags {
  readonly config: string;
  readonly inheritEnv?: boolean;
}

function withFlags(settings: SidecarConfig, { inheritEnv = settings.runner.inheritEnv }: SidecarFlags): SidecarConfig {
  return { ...settings, runner: { ...settings.runner, inheritEnv } };
}

function requireEncrypted({ hub, insecure }: SidecarConfig): void {
  if (!insecure && isInTheClear(new URL(hub))) throw notEncrypted(hub, 'set `insecure = true` in the configuration');
}

function notStarted(cause: unknown, { stateDir, repoRoot }: SidecarConfig): CommandError {
  const code = codeOf(cause);
  if (!['EACCES', 'EPERM', 'EROFS'].includes(code)) return failed('sidecar.not_started', messageOf(cause));
  const remedy = `Run it as the user who joined it, or give this user ${stateDir} and ${repoRoot} (chown -R).`;
  return new CommandError(EXIT.notAllowed, 'sidecar.not_started', messageOf(cause), { remedy, cause });
}

/** No other start helps: the exit code keeps a service from trying. */
function notAllowed(cause: Error, code: string, { hub, name }: SidecarConfig): CommandError {
  const remedy =
    code === 'agent.other_machine'
      ? 'Give this machine its own agent: paste the line that `agentcom agent invite` prints. If the agent has moved here, stop its sidecar on the other machine, wait two minutes and start this one again.'
      : `Get a new key with \`agentcom join ${hub} --name ${name} --rejoin\`, or remove the agent with \`agentcom leave\`.`;
  return new CommandError(EXIT.notAllowed, code, cause.message, { remedy, cause });
}

/** How this very command is started again. */
export function ownCommand({ entry }: World): readonly [string, ...string[]] {
  return [process.execPath, ...process.execArgv, entry];
}

/** Paths in the answer are absolute. Throws 64 naming what is wrong. */
export async function sidecarSettings(world: World, file: string): Promise<SidecarConfig> {
  const { ConfigError, loadSidecarConfig } = await import('@agentcom/sidecar/config');
  try {
    return loadSidecarConfig(resolve(world.cwd, file), settingsEnv(world));
  } catch (cause) {
    if (!(cause instanceof ConfigError)) throw cause;
    if (['EACCES', 'EPERM'].includes(codeOf(cause.cause))) {
      const remedy = `Run it as the user who joined it, or give this user ${dirname(resolve(world.cwd, file))} (chown -R).`;
      throw new CommandError(EXIT.notAllowed, 'settings.unreadable', cause.message, { remedy, cause });
    }
    throw new CommandError(EXIT.usage, 'settings.invalid', cause.message, { cause });
  }
}
