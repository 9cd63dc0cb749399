import type { StartReport } from '@agentcom/hub/start-report';
import { expect, it } from 'vitest';
import { columnsOf } from './columns.js';
import { Output } from './output.js';
import { startScreen, startValue } from './start-screen.js';
import { testWorld } from './testing.js';

const report: StartReport = {
  version: '0.1.0',
  phase: 'leading',
  tookMs: 812,
  nats: { url: 'nats://127.0.0.1:40013', version: '2.10.27', isOwn: true, fsync: 'always', replicas: 1 },
  data: { dir: '/var/lib/agentcom', freeBytes: 75 * 1024 ** 3 },
  transport: { kind: 'local' },
  mail: undefined,
  recovered: undefined,
};
const hub = { url: 'http://127.0.0.1:7700', publicUrl: undefined, keyFile: '/var/lib/agentcom/owner.key' };

const screen = (changes: Partial<StartReport> = {}, publicUrl?: string) =>
  startScreen(new Output(testWorld(), false), { ...hub, publicUrl, report: { ...report, ...changes } });

it('says where everything is, how safe it is, and that nothing was there', () => {
  expect(screen()).toBe(
    [
      'AgentCom 0.1.0 is ready, after 812 ms.',
      'hub     http://127.0.0.1:7700',
      'tls     off: only this machine reaches the hub',
      'mail    off',
      'key     /var/lib/agentcom/owner.key',
      'data    /var/lib/agentcom (new)',
      'disk    75.0 GiB free',
      'nats    nats://127.0.0.1:40013 (its own server, 2.10.27)',
      '        every write synced to disk',
      'limits  16384 connections, 2048 without a key; 256.0 KiB a request',
      'Press Ctrl-C to stop.',
    ].join('\n'),
  );
});

it('says what was found, and by whom TLS is served', () => {
  const recovered = { openTasks: 1, finishedTasks: 20, agents: 3, seq: 1234 };
  const expiresAt = Date.parse('2027-01-31T12:00:00Z');
  const text = screen({ recovered, transport: { kind: 'tls', expiresAt } }, 'https://hub.example');
  expect(text).toContain('public  https://hub.example\ntls     on, certificate valid until 2027-01-31\n');
  expect(text).toContain('data    /var/lib/agentcom (existing)\n');
  expect(text).toContain('found   1 open task, 20 finished, 3 agents; journal at 1234\n');
  const value = startValue({ ...hub, report: { ...report, recovered, transport: { kind: 'tls', expiresAt } } });
  expect(value).toMatchObject({ event: 'ready', recovered, certificateExpiresAt: '2027-01-31T12:00:00.000Z' });
});

it('says by which server mail is sent', () => {
  expect(screen({ mail: 'mail.example.com:465' })).toContain('mail    on, by mail.example.com:465\n');
  expect(startValue({ ...hub, report: { ...report, mail: 'mail.example.com:465' } })).toMatchObject({ mail: true });
  expect(startValue({ ...hub, report })).toMatchObject({ mail: false });
});

it('names no key where a hub that follows has none', () => {
  const follower = { ...hub, keyFile: undefined, report: { ...report, phase: 'following' as const } };
  expect(startScreen(new Output(testWorld(), false), follower)).not.toContain('key  ');
  expect(startValue(follower)).not.toHaveProperty('keyFile');
});

it.each<Partial<StartReport>>([
  { transport: { kind: 'insecure' }, phase: 'following' },
  { transport: { kind: 'proxy', proxies: ['10.0.0.0/8', 'fd00::/8'] } },
  { nats: { url: 'nats://nats.example.org:4222', version: undefined, isOwn: false, fsync: 'unknown', replicas: 3 } },
  { recovered: { openTasks: 50_000, finishedTasks: 100_000, agents: 10_000, seq: 123_456_789 } },
])('fits 80 columns with %j', (changes) => {
  expect(
    Math.max(
      ...screen(changes)
        .split('\n')
        .map((line) => columnsOf(line)),
    ),
  ).toBeLessThanOrEqual(80);
});
