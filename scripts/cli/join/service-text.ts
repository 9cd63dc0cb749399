// The definition of an agent's service for systemd and launchd, as text. Nothing here is read by a shell.

import { dirname } from 'node:path';

export interface ServiceSpec {
  readonly agent: string;
  /** Program and arguments of the sidecar. */
  readonly argv: readonly string[];
  /** Where the agent's own programs are found. */
  readonly path: string;
  /** The agent's directory. */
  readonly dir: string;
  /** Variables for the agent, such as the key of its tool's account; read when it is there. */
  readonly environmentFile: string;
  /** How the network is reached: proxies and certificates. */
  readonly network: Readonly<Record<string, string>>;
}

/** Below the agent's directory: variables for a service, a name=value each, for who is signed in by one. */
export const ENVIRONMENT_FILE = 'environment';

/** How a file is known as one of ours before it is removed. */
export const MARK = 'written by `agentcom join`';

export function systemdUnit(spec: ServiceSpec, user?: string): string {
  const { agent, argv, path, dir, environmentFile } = spec;
  return `# The sidecar of AgentCom agent ${agent}, ${MARK}.
[Unit]
Description=AgentCom agent ${agent}
${user === undefined ? '' : 'Wants=network-online.target\nAfter=network-online.target\n'}StartLimitIntervalSec=0

[Service]
Type=notify
# The notes come from a program that the sidecar starts, and so do the agents: a restart leaves those to end their work.
NotifyAccess=all
KillMode=process
# For the control groups that keep the processes of an attempt together.
Delegate=yes
WatchdogSec=60
TimeoutStartSec=90
TimeoutStopSec=60
Restart=always
RestartSec=5
# The hub refuses the key, the configuration cannot be used, or what is to be started is gone: another start changes nothing.
RestartPreventExitStatus=64 77 78 127 200 203
${user === undefined ? '' : `User=${user}\n`}WorkingDirectory=${specifiers(dir)}
ExecStart=${argv.map(commandWord).join(' ')}
Environment=${quoted(specifiers(`PATH=${path}`))}
EnvironmentFile=-${specifiers(environmentFile)}
NoNewPrivileges=yes
RestrictSUIDSGID=yes
RestrictRealtime=yes
LockPersonality=yes
${user === undefined ? '' : 'ProtectSystem=full\nProtectKernelModules=yes\n'}
[Install]
WantedBy=${user === undefined ? 'default.target' : 'multi-user.target'}
`;
}

/** Has the variables itself: launchd reads no file of them. */
export function launchdPlist({ agent, argv, path, dir, network }: ServiceSpec, logFile: string): string {
  const string = (text: string) => `<string>${xml(text)}</string>`;
  const variables = Object.entries({ PATH: path, ...network });
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<!-- The sidecar of AgentCom agent ${xml(agent)}, ${MARK}. -->
<plist version="1.0">
<dict>
  <key>Label</key>${string(launchdLabel(agent))}
  <key>ProgramArguments</key>
  <array>
${argv.map((word) => `    ${string(word)}`).join('\n')}
  </array>
  <key>EnvironmentVariables</key>
  <dict>
${variables.map(([name, value]) => `    <key>${xml(name)}</key>${string(value)}`).join('\n')}
  </dict>
  <key>WorkingDirectory</key>${string(dir)}
  <key>RunAtLoad</key><true/>
  <key>KeepAlive</key><true/>
  <key>ThrottleInterval</key><integer>10</integer>
  <key>AbandonProcessGroup</key><true/>
  <key>StandardOutPath</key>${string(logFile)}
  <key>StandardErrorPath</key>${string(logFile)}
</dict>
</plist>
`;
}

export function unitName(agent: string): string {
  return `agentcom-${agent}.service`;
}

export function launchdLabel(agent: string): string {
  return `agentcom.${agent}`;
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
