// A sandbox for one test, closed at its end; a test that passed must have ended every process itself.

import { expect, onTestFinished } from 'vitest';
import { Sandbox } from './sandbox.js';

export function testSandbox(): Sandbox {
  const sandbox = new Sandbox();
  onTestFinished(async ({ task }) => {
    const left = await sandbox.close();
    if (task.result?.state === 'pass') expect(left, 'processes left behind').toEqual([]);
  });
  return sandbox;
}
