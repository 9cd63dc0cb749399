// The world of a command on the real process.

import { isUtf8 } from 'node:buffer';
import { homedir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { usageError } from './exit.js';
import { ownCommand } from './self.js';
import type { Terminal, World } from './world.js';

const COLUMNS = 80;
const ROWS = 24;
/** SIGHUP comes when the terminal is closed: what was started there, such as a hub's nats-server, must not stay behind. */
const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** `entry` is the file that runs, and that a command starts again as a child process. */
export function processWorld(entry: string, version: string): World {
  const place = { env: process.env, home: process.env.HOME || homedir(), cwd: process.cwd(), entry };
  return {
    ...place,
    version,
    get self() {
      return ownCommand(place);
    },
    stdout: terminal(process.stdout),
    stderr: terminal(process.stderr),
    canAsk: process.stdin.isTTY === true && process.stdout.isTTY === true,
    readStdin,
    now: Date.now,
    sleep: (ms) => sleep(ms),
    onStopSignal: (handler) => {
      for (const signal of STOP_SIGNALS) process.on(signal, handler);
      return () => {
        for (const signal of STOP_SIGNALS) process.off(signal, handler);
      };
    },
    readKeys,
    onResize: (handler) => {
      process.stdout.on('resize', handler);
      return () => void process.stdout.off('resize', handler);
    },
    // What a prompt listens for; it restores the terminal itself.
    cancelPrompt: () => void process.stdin.emit('keypress', '\u0003', { name: 'c', ctrl: true, sequence: '\u0003' }),
    parentGone: parentGone(),
    exitNow: (code) => process.exit(code),
  };
}

/**
 * A reader that has seen enough, such as `head`, is not a failure. Neither is a closed terminal: the SIGHUP that comes with it
 * stops the program, which may have to clean up first.
 */
export function endWithReader(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EIO') return;
      if (error.code !== 'EPIPE') throw error;
      process.exit();
    });
  }
}

function terminal(stream: NodeJS.WriteStream): Terminal {
  return {
    write: (text) => void stream.write(text),
    isTerminal: stream.isTTY === true,
    get columns() {
      return stream.columns ?? COLUMNS;
    },
    get rows() {
      return stream.rows ?? ROWS;
    },
  };
}

async function readStdin(maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw usageError(`standard input is larger than ${maxBytes / 1024} KiB`);
    chunks.push(chunk);
  }
  const bytes = Buffer.concat(chunks);
  if (!isUtf8(bytes)) throw usageError('standard input is not text in UTF-8');
  return bytes.toString('utf8');
}

/** Node gives the terminal its mode back when the process ends, however it does. */
function readKeys(heard: (sent: string) => void): () => void {
  const { stdin } = process;
  const hear = (sent: Buffer): void => heard(sent.toString('utf8'));
  stdin.setRawMode(true);
  stdin.on('data', hear);
  stdin.resume();
  return () => {
    stdin.off('data', hear);
    stdin.setRawMode(false);
    stdin.pause();
  };
}

function parentGone(): Promise<void> {
  const gone = new Promise<void>((resolve) => process.once('disconnect', () => resolve()));
  // The channel is listened to, but is no reason to go on.
  process.channel?.unref();
  return gone;
}
