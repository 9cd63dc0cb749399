// What every command is given: the world, the options that all of them take, its output, and the hub.

import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { HubClient, TakenAnswer } from './client.js';
import { CommandError, EXIT, type ExitCode } from './exit.js';
import { TakenAnswers } from './odd-answer.js';
import { Output } from './output.js';
import type { ClientSettings, HubKey } from './settings.js';
import { shellWord } from './text.js';
import type { World } from './world.js';

export interface GlobalFlags {
  readonly hub?: string;
  readonly keyFile?: string;
  readonly json?: boolean;
}

/** Commands that talk to a hub, and so must be told which. */
const TO_HUB = /^(?:agent|backup|compact|config|dead|key|status|submit|task|top)\b/;

/** The task or agent that a text is about. */
export interface Known {
  readonly ID?: string;
  readonly NAME?: string;
}

export class Invocation {
  readonly out: Output;
  readonly answers = new TakenAnswers();

  constructor(
    readonly world: World,
    readonly flags: GlobalFlags,
  ) {
    this.out = new Output(world, flags.json === true);
  }

  /** A command for a person to paste: the arguments as a shell reads them, with the hub and the key of this call. */
  hint(args: string): string {
    const { hub, keyFile } = this.flags;
    const flags = [
      ...(hub === undefined ? [] : [`--hub ${shellWord(hub)}`]),
      ...(keyFile === undefined ? [] : [`--key-file ${shellWord(resolve(this.world.cwd, keyFile))}`]),
    ];
    return [this.world.self, args, ...flags].join(' ');
  }

  /** The text with its commands, which stand in code marks, as this person has to type them: with what is known in place of `ID` and the like. */
  runnable(text: string, known: Known = {}): string {
    return text.replace(/`agentcom ([^`]*)`/g, (_, general: string) => {
      const args = general.replace(/\b(?:ID|NAME)\b/g, (name) => known[name as keyof Known] ?? name);
      return `\`${TO_HUB.test(args) ? this.hint(args) : `${this.world.self} ${args}`}\``;
    });
  }

  async settings(): Promise<ClientSettings> {
    const { clientSettings } = await import('./settings.js');
    return clientSettings(this.world, this.flags);
  }

  /** A client with the caller's key. Refused with 77 when there is none. */
  async client(): Promise<HubClient> {
    const { clientSettings, keyFor } = await import('./settings.js');
    const settings = await clientSettings(this.world, this.flags);
    return this.clientFor(settings.hub, await keyFor(this.world, this.flags, settings));
  }

  async clientFor(hub: string, key?: HubKey): Promise<HubClient> {
    const { HubClient } = await import('./client.js');
    const onWait = (what: string) => this.out.note(sentence(what));
    const { env, sleep } = this.world;
    const onAnswer = (answer: TakenAnswer) => this.answers.add(answer);
    return new HubClient({
      hub,
      env,
      sleep,
      onWait,
      onAnswer,
      ...(key !== undefined && { key: key.key, keyFrom: key.from }),
    });
  }
}

type Handler<Args extends readonly unknown[]> = (
  invocation: Invocation,
  ...args: Args
) => Promise<ExitCode | undefined>;

/** Turns handlers into commander actions, and keeps what they ended with. */
export class Cli {
  exit: ExitCode = EXIT.done;
  /** The names of the command that was called, as far as they are known. */
  called: readonly string[] = [];

  constructor(readonly world: World) {}

  /** The handler gets what commander gives: the arguments, then the command's own options. No value means done. */
  act<Args extends readonly unknown[]>(handler: Handler<Args>): (...received: unknown[]) => Promise<void> {
    return async (...received) => {
      const command = received.at(-1) as Command;
      const invocation = new Invocation(this.world, command.optsWithGlobals<GlobalFlags>());
      try {
        this.exit = (await handler(invocation, ...(received.slice(0, -1) as unknown as Args))) ?? EXIT.done;
      } catch (thrown) {
        if (!(thrown instanceof CommandError)) throw (await invocation.answers.oddOne(thrown)) ?? thrown;
        const error = await inWordsOf(command, thrown);
        throw error.remedy === undefined
          ? error
          : error.withRemedy(invocation.runnable(error.remedy, argumentsOf(command)));
      }
    };
  }
}

/** The one task or agent that a command was called for. */
function argumentsOf({ registeredArguments, processedArgs }: Command): Known {
  const given = (argument: string): string | undefined => {
    const value: unknown = processedArgs[registeredArguments.findIndex((one) => one.name() === argument)];
    return typeof value === 'string' ? shellWord(value) : undefined;
  };
  const [ID, NAME] = [given('id'), given('name')];
  return { ...(ID !== undefined && { ID }), ...(NAME !== undefined && { NAME }) };
}

async function inWordsOf(command: Command, error: CommandError): Promise<CommandError> {
  if (error.details.length === 0) return error;
  const { inOptionNames } = await import('./option-names.js');
  return inOptionNames(error, command);
}

/** An address keeps its letters. */
function sentence(text: string): string {
  return /^https?:/.test(text) ? `${text}.` : `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
