import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { aptConfig, debianMirror, openApt, parseCandidate, parseMirror, parseSimulated } from './apt.mjs';
import { program, temporaryFolder } from './testing.js';

const machineSettings = `
Acquire::http::Proxy "http://proxy.example:3128";
Acquire::Check-Valid-Until "false";
Acquire::AllowInsecureRepositories "true";
Acquire::IndexTargets::deb::Contents "";
Acquire::Languages:: "de";
APT::Update::Post-Invoke:: "rm -rf /var/cache/apt/archives/*.deb";
DPkg::Post-Invoke:: "true";
Dir::Cache "/var/cache/apt";
`;

describe('the private apt.conf', () => {
  const config = aptConfig('/work', { machineSettings, lists: 'private', ownSources: true });

  it("keeps the machine's proxies and nothing that runs or weakens", () => {
    expect(config).toContain('Acquire::http::Proxy "http://proxy.example:3128";');
    expect(config).toContain('Acquire::Check-Valid-Until "false";');
    expect(config).not.toContain('Post-Invoke');
    expect(config).not.toContain('Contents');
    expect(config).toContain('Acquire::AllowInsecureRepositories "false";');
    expect(config).not.toContain('Acquire::AllowInsecureRepositories "true";');
  });

  it('writes into its own folder only', () => {
    const folders = [...config.matchAll(/^Dir::(?:State|Cache|Log)\S* "([^"]*)"/gm)].map((match) => match[1] ?? '');
    expect(folders.length).toBeGreaterThanOrEqual(5);
    expect(folders.filter((folder) => !folder.startsWith('/work'))).toEqual([]);
  });

  it("reads the machine's lists and sources when asked to", () => {
    const machine = aptConfig('/work', { machineSettings, lists: 'machine', ownSources: false });
    expect(machine).not.toContain('Dir::State');
    expect(machine).not.toContain('sourcelist');
  });
});

describe('what apt prints', () => {
  it('names the candidate, or none', () => {
    expect(parseCandidate('nats-server:\n  Installed: (none)\n  Candidate: 2.9.10-1+b3\n')).toBe('2.9.10-1+b3');
    expect(parseCandidate('nats-server:\n  Installed: (none)\n  Candidate: (none)\n')).toBeUndefined();
    expect(parseCandidate('')).toBeUndefined();
  });

  it('names what an installation would add', () => {
    const simulated =
      'NOTE: a simulation\nInst liblzf1 (3.6-3 Debian [amd64])\nInst redis-server (5:7 Debian [amd64]) []\nConf liblzf1\n';
    expect(parseSimulated(simulated)).toEqual(['liblzf1', 'redis-server']);
  });

  it('names the mirror of the installed release, not that of security updates', () => {
    const targets =
      'http://s.example/debian-security/|bookworm-security|main\nhttp://m.example/debian/|bookworm|main\n';
    expect(parseMirror(targets, 'bookworm')).toBe('http://m.example/debian/');
    expect(parseMirror(targets, 'trixie')).toBeUndefined();
    expect(parseMirror(targets, '')).toBeUndefined();
  });
});

describe("Debian's newer suites", () => {
  it('are not used on another distribution', async () => {
    expect(await debianMirror({}, 'ID=ubuntu\nVERSION_CODENAME=noble\n')).toEqual({ reason: 'this is not Debian' });
    expect(await debianMirror({}, '')).toEqual({ reason: 'this is not Debian' });
  });
});

describe('a session with apt', () => {
  it('unpacks what it downloaded, and passes on why it could not', async () => {
    const folder = temporaryFolder();
    const bin = join(folder, 'bin');
    program(bin, 'apt-config', `printf 'Acquire::http::Proxy "http://p.example";\\n'`);
    program(
      bin,
      'apt-get',
      `[ "$1" = download ] && echo "$2" > "$2.deb" && exit; echo 'E: is not signed' >&2; exit 100`,
    );
    program(bin, 'dpkg-deb', `cp "$2" "$3/unpacked"`);
    const apt = await openApt(folder, {
      env: { PATH: `${bin}:/bin:/usr/bin` },
      lists: 'private',
      sources: 'deb x y z\n',
    });

    await expect(apt.update()).rejects.toThrow('E: is not signed');
    await apt.extract(['nats-server'], folder);
    expect(readFileSync(join(folder, 'unpacked'), 'utf8')).toBe('nats-server\n');
    expect(readFileSync(join(folder, 'sources.list'), 'utf8')).toBe('deb x y z\n');
    expect(readFileSync(join(folder, 'apt.conf'), 'utf8')).toContain('http://p.example');
  });
});
