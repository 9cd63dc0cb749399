// The definition of a service for systemd and launchd, as text. Nothing here is read by a shell.

import { dirname } from 'node:path';
import type { ServiceProgram } from './programs.js';

export interface ServiceSpec {
  /** Program and arguments. */
  readonly argv: readonly string[];
  /** Where programs are found. */
  readonly path: string;
  /** The directory it works in. */
  readonly dir: string;
  /** Variables that are read when it is there. */
  readonly environmentFile: string;
  /** Variables that it is given: how the network is reached, and the like. */
  readonly variables: Readonly<Record<string, string>>;
  /** Directories that it has to write, wherever they are. */
  readonly writable?: readonly string[];
  /** Nothing that it reads is in the home of anybody: then it sees none. */
  readonly isOutsideHomes?: boolean;
  /** It listens on a port that only root may take otherwise. */
  readonly hasLowPort?: boolean;
}

/** In the directory of what runs: variables for its service, a name=value each. */
export const ENVIRONMENT_FILE = 'environment';

/** How a file is known as one of ours before it is removed; the command follows. */
export const MARK = 'written by `agentcom ';

/** `user` runs it when it is a unit of the system. */
export function systemdUnit(program: ServiceProgram, spec: ServiceSpec, user?: string): string {
  const { argv, path, dir, environmentFile } = spec;
  return `# ${program.what}, written by \`${program.by}\`.
[Unit]
Description=${program.title}
${user === undefined ? '' : 'Wants=network-online.target\nAfter=network-online.target\n'}StartLimitIntervalSec=0

[Service]
${program.systemd}
${user === undefined ? '' : `User=${user}\n`}WorkingDirectory=${specifiers(dir)}
ExecStart=${argv.map(commandWord).join(' ')}
Environment=${quoted(specifiers(`PATH=${path}`))}
EnvironmentFile=-${specifiers(environmentFile)}
NoNewPrivileges=yes
RestrictSUIDSGID=yes
RestrictRealtime=yes
LockPersonality=yes
${user === undefined ? '' : `${program.confinement}\n${confinementFor(program, spec, user)}`}
[Install]
WantedBy=${user === undefined ? 'default.target' : 'multi-user.target'}
`;
}

function confinementFor({ isSealed }: ServiceProgram, spec: ServiceSpec, user: string): string {
  const { writable = [], isOutsideHomes = false, hasLowPort = false } = spec;
  const paths = writablePaths(writable);
  // Agents that run as other users are started by root.
  if (!isSealed) return user === 'root' ? paths : `${paths}${NO_CAPABILITIES}`;
  // In a user namespace of its own it could not take the port.
  const capabilities = hasLowPort ? LOW_PORT : `PrivateUsers=yes\n${NO_CAPABILITIES}`;
  return `${paths}ProtectHome=${isOutsideHomes ? 'yes' : 'read-only'}\n${capabilities}`;
}

const NO_CAPABILITIES = 'CapabilityBoundingSet=\nAmbientCapabilities=\n';
const LOW_PORT = 'CapabilityBoundingSet=CAP_NET_BIND_SERVICE\nAmbientCapabilities=CAP_NET_BIND_SERVICE\n';

function writablePaths(paths: readonly string[]): string {
  if (paths.length === 0) return '';
  return `ReadWritePaths=${paths.map((path) => quoted(specifiers(`-${path}`))).join(' ')}\n`;
}

/** Has the variables itself: launchd reads no file of them. */
export function launchdPlist(program: ServiceProgram, spec: ServiceSpec, logFile: string): string {
  const { argv, path, dir } = spec;
  const string = (text: string) => `<string>${xml(text)}</string>`;
  const variables = Object.entries({ PATH: path, ...spec.variables });
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<!-- ${xml(program.what)}, written by \`${program.by}\`. -->
<plist version="1.0">
<dict>
  <key>Label</key>${string(program.label)}
  <key>ProgramArguments</key>
  <array>
${launchdCommand(program, argv)
  .map((word) => `    ${string(word)}`)
  .join('\n')}
  </array>
  <key>EnvironmentVariables</key>
  <dict>
${variables.map(([name, value]) => `    <key>${xml(name)}</key>${string(value)}`).join('\n')}
  </dict>
  <key>WorkingDirectory</key>${string(dir)}
  <key>RunAtLoad</key><true/>
${program.launchd}
  <key>StandardOutPath</key>${string(logFile)}
  <key>StandardErrorPath</key>${string(logFile)}
</dict>
</plist>
`;
}

/**
 * launchd tells exit statuses apart only by whether they are 0, and has nothing like `RestartPreventExitStatus`: a shell stays in front, hands
 * signals on and ends with the status that says whether to start again. The log keeps the real one.
 */
export function launchdCommand({ statusForLaunchd }: ServiceProgram, argv: readonly string[]): readonly string[] {
  const cases = statusForLaunchd.map(([statuses, shown]) => {
    const next = shown === 0 ? 'not started again' : 'started again';
    return `  ${statuses}) echo "ended with exit code $status: ${next}" >&2; exit ${shown} ;;`;
  });
  // A signal may come before the child has a number.
  const script = `child= stopped=
trap 'stopped=1; kill -TERM "$child" 2>/dev/null' HUP INT TERM
"$@" &
child=$!
[ -z "$stopped" ] || kill -TERM "$child" 2>/dev/null
wait "$child"
status=$?
while kill -0 "$child" 2>/dev/null; do
  wait "$child"
  status=$?
done
case $status in
${cases.join('\n')}
esac
exit "$status"`;
  return ['/bin/sh', '-c', script, 'agentcom', ...argv];
}

/** The directory that a definition names, as either of the two writes it. */
export function directoryIn(text: string): string | undefined {
  const unit = /^WorkingDirectory=(.*)$/m.exec(text)?.[1];
  if (unit !== undefined) return unit.replaceAll('%%', '%');
  const plist = /<key>WorkingDirectory<\/key><string>(.*)<\/string>/.exec(text)?.[1];
  return plist?.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

/** One word of a command line as systemd reads it. */
function commandWord(word: string): string {
  return quoted(specifiers(word).replaceAll('$', '$$$$'));
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

function specifiers(text: string): string {
  return text.replaceAll('%', '%%');
}

function xml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Directories that hold the programs of this shell, the Node that runs this first. */
export function servicePath(path: string | undefined): string {
  const folders = [dirname(process.execPath), ...(path ?? '/usr/local/bin:/usr/bin:/bin').split(':')];
  return [...new Set(folders.filter((folder) => folder.startsWith('/')))].join(':');
}
