// Output as it lies in its stream: one message holds some pieces of one attempt, in order.

import type { OutputPiece, OutputStream as StreamName } from '@agentcom/schemas';
import { iso } from '../core/iso.js';

export interface Attempt {
  readonly org: string;
  readonly task: string;
  readonly generation: number;
}

/** `at` is when the hub got it, ms. */
export interface Piece {
  readonly outputSeq: number;
  readonly stream: StreamName;
  readonly at: number;
  readonly data: string;
}

/** What a cursor stands for: the last piece that was read. */
export interface Cursor {
  readonly generation: number;
  readonly outputSeq: number;
}

/** Beside the message, so that a reader finds its place without the texts: the last piece in it. */
export const LAST_HEADER = 'Agentcom-Output-Last';

export function encodePieces(pieces: readonly Piece[]): string {
  return JSON.stringify(pieces);
}

export function decodePieces(data: Uint8Array): readonly Piece[] {
  return JSON.parse(Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString()) as readonly Piece[];
}

export function shown(generation: number, { outputSeq, stream, at, data }: Piece): OutputPiece {
  return { generation, outputSeq, stream, at: iso(at), data };
}

export function formatCursor({ generation, outputSeq }: Cursor): string {
  return `${generation}.${outputSeq}`;
}
