import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TestMachine } from '../join/testing.js';
import { temporaryDir } from '../testing.js';
import { HUB_PROGRAM, type ServiceProgram, sidecarProgram } from './programs.js';
import { installedService, serviceOf } from './service.js';
import { directoryIn, launchdCommand, launchdPlist, type ServiceSpec, systemdUnit } from './service-text.js';
import { sidecarVariables } from './variables.js';

const PROGRAM = sidecarProgram('duly-noted');
const SPEC: ServiceSpec = {
  argv: ['/opt/node dir/node', '/data/100%/agentcom.mjs', 'sidecar', '--config', '/data/$HOME/"quoted"\\sidecar.toml'],
  path: '/usr/bin:/opt/50%',
  dir: '/data/agents/duly-noted',
  environmentFile: '/data/agents/duly-noted/environment',
  variables: {},
};

let dir: Awaited<ReturnType<typeof temporaryDir>>;
let machine: TestMachine;

beforeEach(async () => {
  dir = await temporaryDir();
  machine = await TestMachine.at(dir.path);
});
afterEach(() => dir.remove());

describe('the text of a service', () => {
  it('leaves every word of the command as it is, whatever systemd would read into it', () => {
    const unit = systemdUnit(PROGRAM, SPEC);
    expect(unit).toContain(
      String.raw`ExecStart="/opt/node dir/node" "/data/100%%/agentcom.mjs" "sidecar" "--config" "/data/$$HOME/\"quoted\"\\sidecar.toml"`,
    );
    expect(unit).toContain('Environment="PATH=/usr/bin:/opt/50%%"');
  });

  it('leaves agents alone at a restart, and does not start again what a start cannot mend', () => {
    for (const line of [
      'Type=notify',
      'NotifyAccess=all',
      'KillMode=process',
      'Delegate=yes',
      'WatchdogSec=60',
      'Restart=always',
    ])
      expect(systemdUnit(PROGRAM, SPEC).split('\n')).toContain(line);
    expect(systemdUnit(PROGRAM, SPEC)).toContain('RestartPreventExitStatus=64 77 78 127 200 203');
  });

  it('of the system runs as the user it was made by', () => {
    expect(systemdUnit(PROGRAM, SPEC, 'builder')).toMatch(/^User=builder$/m);
    expect(systemdUnit(PROGRAM, SPEC)).not.toContain('User=');
  });

  it('of the system can start agents as other users only if it is root', () => {
    expect(systemdUnit(PROGRAM, SPEC, 'root')).not.toContain('CapabilityBoundingSet');
    expect(systemdUnit(PROGRAM, SPEC, 'builder')).toMatch(/^CapabilityBoundingSet=$/m);
  });

  it('for launchd is XML in which nothing breaks out', () => {
    expect(launchdPlist(PROGRAM, { ...SPEC, argv: ['/a & b', '</string><true/>'] }, '/log')).toContain(
      '    <string>/a &amp; b</string>\n    <string>&lt;/string&gt;&lt;true/&gt;</string>',
    );
  });
});

describe('the text of the service of a hub', () => {
  it('lets the hub stop its nats-server, and does not start again what a person must mend', () => {
    const lines = systemdUnit(HUB_PROGRAM, SPEC).split('\n');
    for (const line of [
      'Type=notify',
      'NotifyAccess=all',
      'WatchdogSec=60',
      'LimitNOFILE=65536',
      'KillMode=mixed',
      'TimeoutStopSec=30',
      'Restart=on-failure',
      'RestartPreventExitStatus=64 77 78 127 200 203',
      'WantedBy=default.target',
    ])
      expect(lines).toContain(line);
    expect(lines.some((line) => /^(Delegate|User|ReadWritePaths|Protect|Capability)/.test(line))).toBe(false);
  });

  it('of the system may write its data, wherever that is', () => {
    const spec = { ...SPEC, writable: ['/usr/local/my data/100%', '/backups'] };
    const lines = systemdUnit(HUB_PROGRAM, spec, 'root').split('\n');
    expect(lines).toContain('ProtectSystem=strict');
    expect(lines).toContain('ReadWritePaths="-/usr/local/my data/100%%" "-/backups"');
  });

  it('of the system sees homes only where it may need them, and takes a low port only where it has one', () => {
    const plain = systemdUnit(HUB_PROGRAM, SPEC, 'root').split('\n');
    for (const line of ['ProtectHome=read-only', 'PrivateUsers=yes', 'CapabilityBoundingSet='])
      expect(plain).toContain(line);
    const other = systemdUnit(HUB_PROGRAM, { ...SPEC, isOutsideHomes: true, hasLowPort: true }, 'root').split('\n');
    for (const line of ['ProtectHome=yes', 'AmbientCapabilities=CAP_NET_BIND_SERVICE']) expect(other).toContain(line);
    expect(other).not.toContain('PrivateUsers=yes');
  });

  it('for launchd starts it again only after a failure', () => {
    expect(launchdPlist(HUB_PROGRAM, SPEC, '/log')).toContain('<key>Label</key><string>agentcom</string>');
    for (const program of [HUB_PROGRAM, PROGRAM]) {
      expect(launchdPlist(program, SPEC, '/log')).toMatch(
        /<key>KeepAlive<\/key>\s*<dict>\s*<key>SuccessfulExit<\/key><false\/>\s*<\/dict>/,
      );
    }
  });

  it('gives back its directory', () => {
    const dirs = ['/data/100% & <more>', '/plain'];
    for (const dir of dirs) {
      expect(directoryIn(systemdUnit(HUB_PROGRAM, { ...SPEC, dir }))).toBe(dir);
      expect(directoryIn(launchdPlist(HUB_PROGRAM, { ...SPEC, dir }, '/log'))).toBe(dir);
    }
    expect(directoryIn('something else')).toBeUndefined();
  });
});

describe('what launchd starts', () => {
  const run = (program: ServiceProgram, script: string) => {
    const [shell, ...args] = launchdCommand(program, ['/bin/sh', '-c', script, 'a b', '$HOME']);
    return spawn(shell as string, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  };
  const exitOf = async (child: ReturnType<typeof run>): Promise<number> => (await once(child, 'close'))[0];

  it.each([
    // Another start changes nothing: launchd is to see a success.
    ...[64, 77, 78, 127].flatMap((status) => [
      { program: PROGRAM, status, seen: 0 },
      { program: HUB_PROGRAM, status, seen: 0 },
    ]),
    { program: PROGRAM, status: 0, seen: 75 },
    { program: PROGRAM, status: 1, seen: 1 },
    { program: HUB_PROGRAM, status: 0, seen: 0 },
    { program: HUB_PROGRAM, status: 2, seen: 0 },
    { program: HUB_PROGRAM, status: 1, seen: 1 },
  ])('$program.label that exits with $status is seen to exit with $seen', async ({ program, status, seen }) => {
    expect(await exitOf(run(program, `exit ${status}`))).toBe(seen);
  });

  it('says the real status, and leaves every word as it is', async () => {
    const child = run(PROGRAM, 'printf "%s\\n" "$0" "$@"; exit 78');
    const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
    expect(out).toBe('a b\n$HOME\n');
    expect(err).toContain('exit code 78: not started again');
  });

  it.each(['SIGTERM', 'SIGHUP', 'SIGINT'] as const)('hands %s on and waits for the end', async (signal) => {
    const child = run(HUB_PROGRAM, "trap 'echo stopping; exit 3' TERM; echo ready; while :; do sleep 0.01; done");
    const ended = exitOf(child);
    const said = text(child.stdout);
    await once(child.stdout, 'readable');
    child.kill(signal);
    expect(await ended).toBe(3);
    expect(await said).toBe('ready\nstopping\n');
  });

  it('hands on a signal that comes as early as can be', async () => {
    const child = run(HUB_PROGRAM, "trap 'exit 3' TERM; kill -TERM $PPID; while :; do sleep 0.01; done");
    expect(await exitOf(child)).toBe(3);
  });
});

describe('the state of a service', () => {
  it.each([
    ['ActiveState=active\nSubState=running', 'running'],
    ['ActiveState=activating\nSubState=start', 'starting'],
    ['ActiveState=activating\nSubState=auto-restart\nExecMainStatus=1', 'failed'],
    ['ActiveState=failed\nSubState=failed\nExecMainStatus=78', 'failed'],
    ['ActiveState=inactive\nSubState=dead', 'stopped'],
  ])('of systemd: %j is %s', async (said, phase) => {
    await machine.program('systemctl', `echo '${said}'`);
    expect(await serviceOf(HUB_PROGRAM, 'user', machine.places, 'linux').state()).toMatchObject({ phase });
  });

  it.each([
    ['ExecMainCode=1\nExecMainStatus=1', 'failed, exit code 1'],
    ['ExecMainCode=2\nExecMainStatus=9', 'failed, ended by SIGKILL'],
    ['ExecMainCode=3\nExecMainStatus=250', 'failed, ended by signal 250'],
  ])('of systemd says how its program has ended: %j is "%s"', async (said, detail) => {
    await machine.program('systemctl', `echo 'ActiveState=failed\n${said}'`);
    expect(await serviceOf(HUB_PROGRAM, 'user', machine.places, 'linux').state()).toEqual({ phase: 'failed', detail });
  });

  it.each([
    ['\tstate = running\n\truns = 1\n\tlast exit code = (never exited)', 'running'],
    ['\tstate = spawn scheduled\n\tlast exit code = 78: EX_CONFIG', 'failed'],
    ['\tstate = not running\n\tlast exit code = (never exited)', 'starting'],
  ])('of launchd: %j is %s', async (said, phase) => {
    await machine.program('launchctl', `echo '${said}'`);
    expect(await serviceOf(HUB_PROGRAM, 'user', machine.places, 'darwin').state()).toMatchObject({ phase });
  });

  it('is stopped where the service manager does not know it', async () => {
    await machine.program('launchctl', 'exit 113');
    expect(await serviceOf(HUB_PROGRAM, 'user', machine.places, 'darwin').state()).toMatchObject({ phase: 'stopped' });
  });
});

describe('a service of systemd', () => {
  const calls = () => join(dir.path, 'calls');
  const said = async () => (await readFile(calls(), 'utf8')).trim().split('\n');

  async function systemctl(body = ''): Promise<void> {
    await machine.program('systemctl', `echo "$*" >> '${calls()}'\n${body}`);
  }

  it('is not possible without systemctl, or without a systemd behind it', async () => {
    const service = serviceOf(PROGRAM, 'user', machine.places, 'linux');
    expect(await service.check()).toMatchObject({ state: 'fail', detail: 'systemctl is not installed' });
    await systemctl('echo "Failed to connect to bus" >&2; exit 1');
    expect(await service.check()).toMatchObject({ state: 'fail', detail: expect.stringContaining('connect to bus') });
    expect(existsSync(service.file)).toBe(false);
  });

  it('is written, enabled and started; found again; stopped and removed', async () => {
    await systemctl();
    const service = serviceOf(PROGRAM, 'user', machine.places, 'linux');
    expect(await service.check()).toMatchObject({ state: 'pass' });
    await service.install(SPEC);
    const unit = 'agentcom-duly-noted.service';
    expect(service.file).toBe(join(machine.home, '.config', 'systemd', 'user', unit));
    expect((await stat(service.file)).mode & 0o777).toBe(0o644);
    expect((await said()).slice(1)).toEqual([
      '--user --no-pager daemon-reload',
      `--user --no-pager enable ${unit}`,
      `--user --no-pager restart ${unit}`,
    ]);
    const found = await installedService(PROGRAM, machine.places, 'linux');
    expect(found?.file).toBe(service.file);
    expect(await installedService(sidecarProgram('somebody-else'), machine.places, 'linux')).toBeUndefined();
    await found?.stop();
    await found?.remove();
    expect(existsSync(service.file)).toBe(false);
    expect(await said()).toContain(`--user --no-pager disable --now ${unit}`);
  });

  it('keeps how the network is reached and where traces go, for its user alone, beside what was there', async () => {
    await systemctl();
    const environmentFile = join(dir.path, 'environment');
    await writeFile(environmentFile, 'ANTHROPIC_API_KEY=sk\nHTTPS_PROXY=http://old:1\n', { mode: 0o600 });
    const env = { HTTPS_PROXY: 'http://me:p"$w@proxy:3128', no_proxy: '.test', SSL_CERT_FILE: 'ca.pem', HOME: '/x' };
    const otlp = 'OTEL_EXPORTER_OTLP';
    const traces = { [`${otlp}_HEADERS`]: 'api-key=k', [`${otlp}_CERTIFICATE`]: 'otlp.pem' };
    const network = sidecarVariables({ env: { ...env, ...traces }, cwd: '/here' });
    await serviceOf(PROGRAM, 'user', machine.places, 'linux').install({ ...SPEC, environmentFile, variables: network });
    expect((await readFile(environmentFile, 'utf8')).split('\n')).toEqual([
      'ANTHROPIC_API_KEY=sk',
      String.raw`HTTPS_PROXY="http://me:p\"\$w@proxy:3128"`,
      'no_proxy=".test"',
      'SSL_CERT_FILE="/here/ca.pem"',
      'OTEL_EXPORTER_OTLP_CERTIFICATE="/here/otlp.pem"',
      'OTEL_EXPORTER_OTLP_HEADERS="api-key=k"',
      '',
    ]);
    expect((await stat(environmentFile)).mode & 0o777).toBe(0o600);
  });

  it('that does not start is removed again', async () => {
    await systemctl('case "$*" in *restart*) echo "Job failed" >&2; exit 1;; esac');
    const service = serviceOf(PROGRAM, 'user', machine.places, 'linux');
    await expect(service.install(SPEC)).rejects.toMatchObject({
      code: 'service.not_started',
      message: expect.stringContaining('Job failed'),
    });
    expect(existsSync(service.file)).toBe(false);
    expect(await said()).toContain('--user --no-pager disable --now agentcom-duly-noted.service');
  });

  it('that is still starting when its service manager has taken its time goes on', async () => {
    const slow = { ...HUB_PROGRAM, startMs: 50 };
    await systemctl('case "$*" in *restart*) while :; do :; done;; *show*) echo ActiveState=activating;; esac');
    const service = serviceOf(slow, 'user', machine.places, 'linux');
    await service.install(SPEC);
    expect(existsSync(service.file)).toBe(true);
    await systemctl('case "$*" in *restart*) while :; do :; done;; *show*) echo ActiveState=failed;; esac');
    await expect(service.install(SPEC)).rejects.toMatchObject({ code: 'service.not_started' });
  });

  it.each([
    ['running', 'ActiveState=active', /does not start either/],
    ['stopped', 'ActiveState=inactive', /installed and stopped/],
  ])('that does not start leaves the definition of the one that was %s', async (_, state, end) => {
    await systemctl();
    const service = serviceOf(PROGRAM, 'user', machine.places, 'linux');
    await service.install(SPEC);
    const former = await readFile(service.file, 'utf8');
    await systemctl(`case "$*" in *restart*) echo "Job failed" >&2; exit 1;; *show*) echo ${state};; esac`);
    await expect(service.install({ ...SPEC, path: '/other' })).rejects.toThrow(end);
    expect(await readFile(service.file, 'utf8')).toBe(former);
  });

  it('that cannot be written leaves the one that runs alone', async () => {
    await systemctl();
    const service = serviceOf(PROGRAM, 'user', machine.places, 'linux');
    await service.install(SPEC);
    const former = await readFile(service.file, 'utf8');
    const before = (await said()).length;
    const spec = {
      ...SPEC,
      path: '/other',
      environmentFile: '/dev/null/env',
      variables: { HTTPS_PROXY: 'http://p:1' },
    };
    await expect(service.install(spec)).rejects.toThrow('ENOTDIR');
    expect(await readFile(service.file, 'utf8')).toBe(former);
    expect((await said()).slice(before).join('\n')).not.toMatch(/disable|stop|restart/);
  });
});

describe('a service of launchd', () => {
  it('is written and handed over', async () => {
    const calls = join(dir.path, 'calls');
    await machine.program('launchctl', `echo "$*" >> '${calls}'`);
    const service = serviceOf(PROGRAM, 'user', machine.places, 'darwin');
    await service.install({ ...SPEC, variables: { HTTPS_PROXY: 'http://me:a&b@proxy:3128' } });
    const text = await readFile(service.file, 'utf8');
    expect(text).toContain('<string>agentcom.duly-noted</string>');
    expect(text).toContain('<key>HTTPS_PROXY</key><string>http://me:a&amp;b@proxy:3128</string>');
    expect((await stat(service.file)).mode & 0o777).toBe(0o600);
    expect(await readFile(calls, 'utf8')).toMatch(/^bootstrap gui\/\d+ .*agentcom\.duly-noted\.plist$/m);
    await service.remove();
    expect(existsSync(service.file)).toBe(false);
  });

  it.each([
    ['running', 'echo "state = running"', 'bootout bootstrap', /does not start either/],
    ['stopped', 'exit 113', 'bootout', /installed and stopped/],
  ])('that does not start leaves the definition of the one that was %s', async (_, print, last, end) => {
    const calls = join(dir.path, 'calls');
    const launchctl = (body: string) =>
      machine.program('launchctl', `echo "$1" >> '${calls}'\ncase "$1" in ${body} esac`);
    await launchctl('nothing) ;;');
    const service = serviceOf(PROGRAM, 'user', machine.places, 'darwin');
    await service.install(SPEC);
    const former = await readFile(service.file, 'utf8');
    await launchctl(`bootstrap) exit 5 ;; print) ${print} ;;`);
    await expect(service.install({ ...SPEC, path: '/other' })).rejects.toThrow(end);
    expect(await readFile(service.file, 'utf8')).toBe(former);
    expect((await readFile(calls, 'utf8')).trim().replaceAll('\n', ' ')).toMatch(new RegExp(`${last}$`));
  });
});
