import { expect, it } from 'vitest';
import { processWorld } from './process-world.js';

it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('is told to stop by %s, until it no longer listens', (signal) => {
  const received: NodeJS.Signals[] = [];
  const release = processWorld('/nowhere/main.js', '0.0.0').onStopSignal((sent) => void received.push(sent));
  process.emit(signal, signal);
  release();
  expect(received).toEqual([signal]);
  expect(process.listeners(signal)).toEqual([]);
});
