import { expect, it } from 'vitest';
import { testWorld } from '../testing.js';
import { installWrapper } from './wrapper.js';

it('leaves a command alone that is not the file a hub gave, and calls it as it was called', async () => {
  expect(await installWrapper({ ...testWorld(), self: 'npx agentcom' })).toBe('npx agentcom');
});
