import { expect, it } from 'vitest';
import { BodyWriter } from '../../bodies/body-writer.js';
import { submitCommand } from './commands.js';

const NO_BODIES = new BodyWriter({ store: () => Promise.reject(new Error('too large')) } as never);

it('a repository is known by its address in the usual case, however it was written', async () => {
  const spec = { title: 'a', prompt: 'b', repo: { url: 'HTTPS://Git.Example.org/Team/Shop.git', base: 'Main' } };
  const command = await submitCommand(spec, 'default', 'owner', undefined, NO_BODIES);
  expect(command).toMatchObject({ spec: { repo: { url: 'https://git.example.org/Team/Shop.git', base: 'Main' } } });
});
