// Debian packages without root: apt-get with folders of its own, the machine's mirrors and proxies, signatures always checked.
import { access, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SetupError } from './report.mjs';
import { findExecutable, lastLines, programFolders, run } from './run.mjs';

const updateTimeoutMs = 180_000;
const downloadTimeoutMs = 300_000;
const keyrings = ['/usr/share/keyrings/debian-archive-keyring.gpg', '/usr/share/keyrings/debian-archive-keyring.pgp'];

/** Settings of the machine that would weaken the check of signatures, or fetch more than the package lists. */
const notTaken = /^Acquire::(AllowInsecure|AllowWeak|AllowDowngrade|Languages|IndexTargets|Changelogs)/i;

/**
 * @typedef {object} Apt
 * @property {() => Promise<void>} update  fetches the package lists; throws when one cannot be fetched or its signature does not hold
 * @property {(name: string) => Promise<string | undefined>} candidate  the version apt would install
 * @property {(name: string) => Promise<string[]>} missing  the package and those of its dependencies that are not installed
 * @property {(names: readonly string[], into: string) => Promise<void>} extract  downloads the packages and unpacks their files
 */

/** @param {NodeJS.ProcessEnv} env */
export async function hasApt(env) {
  const folders = programFolders(env);
  const found = await Promise.all(
    ['apt-get', 'apt-cache', 'apt-config', 'dpkg-deb'].map((name) => findExecutable(name, folders)),
  );
  return found.every(Boolean);
}

/**
 * @param {string} folder  private to this call; everything apt writes goes there
 * @param {{ env: NodeJS.ProcessEnv, lists: 'machine' | 'private', sources?: string }} options
 *   `lists`: read the machine's package lists, or fetch own ones (call `update`); `sources`: instead of the machine's
 * @returns {Promise<Apt>}
 */
export async function openApt(folder, { env, lists, sources }) {
  const machineSettings = await run('apt-config', ['dump'], { env });
  await mkdir(join(folder, 'lists', 'partial'), { recursive: true });
  await mkdir(join(folder, 'archives', 'partial'), { recursive: true });
  if (sources !== undefined) await writeFile(join(folder, 'sources.list'), sources);
  const config = join(folder, 'apt.conf');
  await writeFile(
    config,
    aptConfig(folder, { machineSettings: machineSettings.stdout, lists, ownSources: sources !== undefined }),
  );
  const aptEnv = { ...env, APT_CONFIG: config, LC_ALL: 'C' };

  return {
    async update() {
      const outcome = await run('apt-get', ['update'], { env: aptEnv, timeoutMs: updateTimeoutMs });
      if (outcome.code !== 0) throw new SetupError(`apt-get update failed: ${lastLines(outcome.stderr)}`);
    },
    async candidate(name) {
      const outcome = await run('apt-cache', ['policy', name], { env: aptEnv });
      return parseCandidate(outcome.stdout);
    },
    async missing(name) {
      const outcome = await run('apt-get', ['install', '--simulate', '--no-install-recommends', name], { env: aptEnv });
      if (outcome.code !== 0) throw new SetupError(`apt-get cannot resolve ${name}: ${lastLines(outcome.stderr)}`);
      return parseSimulated(outcome.stdout);
    },
    async extract(names, into) {
      const downloads = join(folder, 'downloads');
      await mkdir(downloads);
      const outcome = await run('apt-get', ['download', ...names], {
        cwd: downloads,
        env: aptEnv,
        timeoutMs: downloadTimeoutMs,
      });
      if (outcome.code !== 0) throw new SetupError(`apt-get download failed: ${lastLines(outcome.stderr)}`);
      for (const file of await readdir(downloads)) {
        const unpacked = await run('dpkg-deb', ['--extract', join(downloads, file), into], { env });
        if (unpacked.code !== 0) throw new SetupError(`dpkg-deb failed: ${lastLines(unpacked.stderr)}`);
      }
    },
  };
}

/**
 * Our apt.conf takes the place of the machine's: of that only the transport settings are kept (proxies, time-outs), so no hook of the
 * machine runs and nothing outside `folder` is written.
 * @param {string} folder
 * @param {{ machineSettings: string, lists: 'machine' | 'private', ownSources: boolean }} options
 *   `machineSettings`: the output of `apt-config dump`; `ownSources`: read `folder`/sources.list only
 */
export function aptConfig(folder, { machineSettings, lists, ownSources }) {
  const transport = machineSettings.split('\n').filter((line) => /^Acquire::\S/.test(line) && !notTaken.test(line));
  return [
    'Acquire::Retries "2";',
    'Acquire::http::Timeout "30";',
    'Acquire::https::Timeout "30";',
    ...transport,
    'Acquire::Languages "none";',
    'Acquire::AllowInsecureRepositories "false";',
    'Acquire::AllowWeakRepositories "false";',
    'Acquire::AllowDowngradeToInsecureRepositories "false";',
    'APT::Get::AllowUnauthenticated "false";',
    // As root, apt would download as another user, who may not enter this folder.
    'APT::Sandbox::User "root";',
    'Dir::Etc::parts "/dev/null";',
    'Dir::Etc::main "/dev/null";',
    `Dir::Log "${folder}";`,
    `Dir::Cache "${folder}";`,
    `Dir::Cache::archives "${join(folder, 'archives')}";`,
    ...(lists === 'private' ? [`Dir::State "${folder}";`, `Dir::State::lists "${join(folder, 'lists')}";`] : []),
    ...(ownSources
      ? [
          `Dir::Etc::sourcelist "${join(folder, 'sources.list')}";`,
          'Dir::Etc::sourceparts "/dev/null";',
          'Dir::Etc::preferences "/dev/null";',
          'Dir::Etc::preferencesparts "/dev/null";',
        ]
      : []),
    '',
  ].join('\n');
}

/** @param {string} policy  what `apt-cache policy` printed */
export function parseCandidate(policy) {
  const candidate = /^\s*Candidate:\s*(\S+)/m.exec(policy)?.[1];
  return candidate === '(none)' ? undefined : candidate;
}

/** @param {string} simulated  what `apt-get install --simulate` printed */
export function parseSimulated(simulated) {
  return [...simulated.matchAll(/^Inst (\S+)/gm)].map((match) => match[1] ?? '');
}

/**
 * @param {string} targets  lines `URI|release|component`, as `apt-get indextargets` prints them
 * @param {string} codename  of the installed release
 * @returns {string | undefined} where the machine gets its release from; newer ones are beside it
 */
export function parseMirror(targets, codename) {
  for (const line of targets.split('\n')) {
    const [uri, release, component] = line.split('|');
    if (uri && release === codename && component === 'main') return uri;
  }
  return undefined;
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @param {string} [osRelease]  content of /etc/os-release
 * @returns {Promise<{ mirror: string, keyring: string } | { reason: string }>} what is needed to read Debian's newer suites
 */
export async function debianMirror(env, osRelease) {
  const release = osRelease ?? (await readFile('/etc/os-release', 'utf8').catch(() => ''));
  const field = (/** @type {string} */ name) => new RegExp(`^${name}="?([^"\n]*)"?$`, 'm').exec(release)?.[1] ?? '';
  if (field('ID') !== 'debian') return { reason: 'this is not Debian' };
  const keyring = await firstReadable(keyrings);
  if (!keyring) return { reason: 'the package debian-archive-keyring is not installed' };
  const format = '$(REPO_URI)|$(RELEASE)|$(COMPONENT)';
  const targets = await run('apt-get', ['indextargets', '--no-release-info', '--format', format], { env });
  const mirror = parseMirror(targets.stdout, field('VERSION_CODENAME'));
  return mirror
    ? { mirror, keyring }
    : { reason: `apt has no source for ${field('VERSION_CODENAME') || 'the installed release'}` };
}

/** @param {readonly string[]} paths */
async function firstReadable(paths) {
  for (const path of paths) {
    if (
      await access(path).then(
        () => true,
        () => false,
      )
    )
      return path;
  }
  return undefined;
}
