// Output of agents on a terminal or in a pipe: as it was said, told apart by its stream; on a terminal with nothing in it that could
// move the cursor.

import type { OutputPiece } from '@agentcom/schemas';
import { requireAttempt } from './attempt.js';
import type { HubClient } from './client.js';
import type { Invocation } from './invocation.js';
import { followOutput, type OutputRequest, outputOf } from './task-output.js';
import { printable } from './text.js';

/** What programs colour, title and place their text with; of anything else that controls a terminal `printable` leaves a dot. */
const TERMINAL_SEQUENCES = /\u001b\[[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)/g;

/** Says pieces one after the other; a new attempt is announced beside them. */
export function outputPrinter({ out, world }: Invocation): (piece: OutputPiece) => void {
  let generation = 0;
  return (piece) => {
    if (out.json) return out.answer({ event: 'output', ...piece }, () => '');
    if (generation !== 0 && piece.generation !== generation) out.note(out.colours.dim(`attempt g${piece.generation}:`));
    generation = piece.generation;
    world.stdout.write(world.stdout.isTerminal ? coloured(out.colours, piece) : piece.data);
  };
}

function coloured(colours: Invocation['out']['colours'], { stream, data }: OutputPiece): string {
  const text = printable(data.replace(TERMINAL_SEQUENCES, ''));
  if (stream === 'stderr') return colours.yellow(text);
  return stream === 'stdout' ? colours.dim(text) : text;
}

/** Prints the output of a task, with `follow` until it ends. */
export async function printOutput(
  invocation: Invocation,
  client: HubClient,
  wanted: OutputRequest,
  follow: boolean,
): Promise<void> {
  const { out, world } = invocation;
  const print = outputPrinter(invocation);
  let isEmpty = true;
  const onPiece = (piece: OutputPiece): void => {
    isEmpty = false;
    print(piece);
  };
  if (!follow) {
    for await (const piece of outputOf(client, wanted)) onPiece(piece);
    if (isEmpty) await requireAttempt(client, wanted);
    return;
  }
  const { now, sleep } = world;
  const state = await followOutput(client, wanted, { now, sleep, onHub: reportOutages(invocation), onPiece });
  if (out.json) out.answer({ event: 'end', state }, () => '');
  else out.note(`Task ${wanted.id} is ${state}.`);
  if (isEmpty) await requireAttempt(client, wanted);
}

/** Says when the hub is away and when it is back. */
export function reportOutages({ out }: Invocation): (here: boolean) => void {
  return (here) => out.note(here ? 'The hub is back.' : 'The hub does not answer; retrying.');
}
