import { once } from 'node:events';
import { access, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { jobIn } from '../core/fixture.js';
import type { Job } from '../core/job-model.js';
import { Metrics } from './metrics.js';
import { Probe } from './probe.js';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'agentcom-observe-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

describe('the probe', () => {
  let reasons: string[];
  let failures: string[];
  let job: Job | null;
  let metrics: Metrics;
  let probe: Probe;

  const start = (port = 0) =>
    Probe.start({
      ...{ port, stateDir: dir, version: '1.2.3', reasons: () => reasons },
      metrics: () => metrics.read(),
      onFailed: (error) => failures.push(String(error)),
    });

  beforeEach(async () => {
    reasons = [];
    failures = [];
    job = null;
    metrics = new Metrics({ isLinked: () => reasons.length === 0, job: () => job });
    probe = await start();
  });
  afterEach(() => probe.stop());

  const get = (path: string) => fetch(`${probe.url}${path}`);

  it('says where it is, in a file that is gone when it has stopped', async () => {
    const file = join(dir, 'local.json');
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ url: probe.url, pid: process.pid, version: '1.2.3' });
    const gone = await start();
    await gone.stop();
    await expect(access(file)).rejects.toThrow('ENOENT');
  });

  it('lives as long as it answers, and is ready only without reasons against it', async () => {
    expect((await get('/livez')).status).toBe(200);
    expect((await get('/readyz')).status).toBe(200);
    reasons = ['not connected to the hub'];
    const response = await get('/readyz');
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({ status: 'not_ready', reasons });
    expect((await get('/livez')).status).toBe(200);
  });

  it('answers nothing else', async () => {
    expect((await get('/')).status).toBe(404);
    expect((await fetch(`${probe.url}/livez`, { method: 'POST' })).status).toBe(405);
  });

  it('answers 500 when it fails, and goes on', async () => {
    metrics.read = () => Promise.reject(new Error('planted'));
    expect((await get('/metrics')).status).toBe(500);
    expect(failures).toEqual(['Error: planted']);
    expect((await get('/livez')).status).toBe(200);
  });

  it('answers no page that has another name point to this machine', async () => {
    const status = async (host: string) => {
      const [response] = (await once(request(`${probe.url}/metrics`, { headers: { host } }).end(), 'response')) as [
        IncomingMessage,
      ];
      response.resume();
      return response.statusCode;
    };
    const port = new URL(probe.url).port;
    expect(await status(`evil.example:${port}`)).toBe(421);
    expect(await status(`localhost:${port}`)).toBe(200);
  });

  it('refuses a port that is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    await expect(start((other.address() as AddressInfo).port)).rejects.toThrow('EADDRINUSE');
    other.close();
  });

  it('has metrics of what the sidecar does, which name no task', async () => {
    job = jobIn('running');
    metrics.changed(null, jobIn('assigned'));
    metrics.changed(jobIn('verifying'), jobIn('pushing'));
    metrics.changed(jobIn('pushing'), jobIn('salvaging', { failure: { class: 'transient', code: 'x', message: '' } }));
    metrics.changed(jobIn('requesting'), jobIn('stopping'));
    metrics.changed(jobIn('reporting'), null);
    metrics.outputSent.inc({}, 42);
    const text = await (await get('/metrics')).text();
    for (const [, name = '', type] of text.matchAll(/^# TYPE (\S+) (\S+)$/gm))
      expect(name.endsWith('_total'), `${name} is a ${type}`).toBe(type === 'counter');
    expect(text).toContain('agentcom_sidecar_linked 1');
    expect(text).toContain('agentcom_sidecar_phase{phase="running"} 1');
    expect(text).toContain('agentcom_sidecar_steps_total{step="verify",outcome="ok"} 1');
    expect(text).toContain('agentcom_sidecar_steps_total{step="push",outcome="failed"} 1');
    expect(text).not.toContain('step="request"');
    expect(text).toContain('agentcom_sidecar_attempts_total{outcome="completed"} 1');
    expect(text).toContain('agentcom_sidecar_output_sent_bytes_total 42');
    expect(text).not.toContain(jobIn('running').task.id);
  });
});
