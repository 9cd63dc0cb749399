// Sets up, then runs one built program of this repository with the arguments that follow: node scripts/run.mjs <file> [arguments]
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runCommand, SetupError } from './lib/report.mjs';
import { root, setup } from './setup.mjs';

await runCommand(async () => {
  const [file, ...args] = process.argv.slice(2);
  if (!file) throw new SetupError('give the program to run, such as tests/dist/bench/main.js');
  const { natsServer } = await setup();
  process.env.AGENTCOM_NATS_SERVER = natsServer;
  const program = resolve(root, file);
  process.argv = [process.execPath, program, ...args];
  await import(pathToFileURL(program).href);
});
