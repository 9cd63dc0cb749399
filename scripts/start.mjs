// `npm start`: sets up what is missing, then becomes `agentcom up`, in this same process, so that signals and exit codes are its own.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runCommand } from './lib/report.mjs';
import { upFlags } from './lib/up-flags.mjs';
import { root, setupToRun } from './setup.mjs';

await runCommand(async () => {
  const { natsServer } = await setupToRun();
  process.env.AGENTCOM_NATS_SERVER = natsServer;
  const program = join(root, 'scripts', 'dist', 'main.js');
  process.argv = [process.execPath, program, 'up', ...upFlags(process.argv.slice(2))];
  await import(pathToFileURL(program).href);
});
