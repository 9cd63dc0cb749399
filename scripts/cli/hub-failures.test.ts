import { UnusableCertificate } from '@agentcom/hub/certificate';
import { JournalUntrusted } from '@agentcom/hub/coordinator/ports';
import { TooFewNatsServers } from '@agentcom/hub/jetstream/streams';
import { NoNatsServer } from '@agentcom/hub/nats/version';
import { expect, it } from 'vitest';
import { EXIT, failed } from './exit.js';
import { notStarted, stoppedBy } from './hub-failures.js';

const system = (code: string) => Object.assign(new Error(`listen ${code}`), { code });

it('ends so that a service starts it again, unless only a person can mend what is wrong', () => {
  expect(notStarted(new JournalUntrusted('it ends too early')).exit).toBe(EXIT.config);
  expect(notStarted(new NoNatsServer('none')).exit).toBe(EXIT.config);
  expect(notStarted(new UnusableCertificate('no certificate')).exit).toBe(EXIT.config);
  for (const code of ['EACCES', 'EPERM', 'EROFS']) {
    expect(notStarted(system(code))).toMatchObject({
      exit: EXIT.notAllowed,
      remedy: expect.stringContaining('--data-dir'),
    });
  }
  expect(notStarted(system('EADDRINUSE'))).toMatchObject({
    exit: EXIT.failed,
    remedy: expect.stringContaining('--port'),
  });
  expect(notStarted(system('ENOTFOUND')).remedy).toContain('--host');
  expect(notStarted(system('EROFS')).remedy).toContain('--data-dir');
  expect(notStarted(new TooFewNatsServers('S', 3, 'no peers'))).toMatchObject({
    exit: EXIT.failed,
    code: 'nats.too_few_servers',
    remedy: expect.stringContaining('AGENTCOM_NATS_REPLICAS'),
  });
  expect(stoppedBy(new JournalUntrusted('it was rewritten'))).toMatchObject({ exit: EXIT.config, code: 'hub.stopped' });
  expect(stoppedBy(new Error('NATS is gone')).exit).toBe(EXIT.failed);
});

it('leaves an error of the command as it is', () => {
  const error = failed('service.not_stopped', 'it does not stop');
  expect(notStarted(error)).toBe(error);
});
