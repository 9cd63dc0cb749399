// What the services of AgentCom run, each with its names and how a service manager is to treat it.

import { EXIT } from '../exit.js';

export interface ServiceProgram {
  /** Its name with systemd. */
  readonly unit: string;
  /** Its name with launchd. */
  readonly label: string;
  readonly title: string;
  /** Begins the definition, for people who find it. */
  readonly what: string;
  /** The command that writes the definition. */
  readonly by: string;
  /** What to do where no service can be had. */
  readonly instead: string;
  /** Lines of the unit that say how it is started, stopped and started again. */
  readonly systemd: string;
  /** How long the service manager may take to start it; what is still starting then goes on. */
  readonly startMs: number;
  /** Lines of a unit of the system that shut it off from the rest of the machine. */
  readonly confinement: string;
  /** It starts nothing of others, and may do nothing but what it is known to do. */
  readonly isSealed: boolean;
  /** The same of the property list. launchd starts it again until its exit status is 0: see `statusForLaunchd`. */
  readonly launchd: string;
  /** Patterns of a shell's `case`, each with the exit status that launchd is to see in place of these. */
  readonly statusForLaunchd: readonly (readonly [string, number])[];
}

export function sidecarProgram(agent: string): ServiceProgram {
  return {
    unit: `agentcom-${agent}.service`,
    label: `agentcom.${agent}`,
    title: `AgentCom agent ${agent}`,
    what: `The sidecar of AgentCom agent ${agent}`,
    by: 'agentcom join',
    instead: "Omit --service, and start the sidecar with this machine's service manager.",
    systemd: SIDECAR_SYSTEMD,
    // Its unit gives it 90 s.
    startMs: 100_000,
    confinement: SIDECAR_CONFINEMENT,
    isSealed: false,
    launchd: SIDECAR_LAUNCHD,
    // It is to run at all times, unless another start changes nothing.
    statusForLaunchd: [
      [HOPELESS, 0],
      ['0', EXIT.retry],
    ],
  };
}

/** Exit statuses after which another start changes nothing, as `RestartPreventExitStatus` has them; 200 and 203 are of systemd alone. */
const HOPELESS = '64|77|78|127';

const UNTIL_SUCCESS = `  <key>KeepAlive</key>
  <dict>
    <key>SuccessfulExit</key><false/>
  </dict>`;

const SIDECAR_SYSTEMD = `Type=notify
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
RestartPreventExitStatus=64 77 78 127 200 203`;

/**
 * Agents build, debug, start containers and write wherever their user may. A namespace for /tmp would go at a restart, under agents that
 * outlive it.
 */
const SIDECAR_CONFINEMENT = `ProtectSystem=full
ProtectClock=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
SystemCallArchitectures=native
SystemCallFilter=~@clock @cpu-emulation @module @obsolete @raw-io @reboot @swap
SystemCallErrorNumber=EPERM`;

const SIDECAR_LAUNCHD = `${UNTIL_SUCCESS}
  <key>ThrottleInterval</key><integer>10</integer>
  <key>AbandonProcessGroup</key><true/>`;

/**
 * Node compiles at run time, so memory must be both written and run; a hub tells processes apart by /proc/sys, and lowers the priority of its
 * workers.
 */
const HUB_CONFINEMENT = `UMask=0077
ProtectSystem=strict
PrivateTmp=yes
PrivateDevices=yes
DevicePolicy=closed
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
RemoveIPC=yes
RestrictNamespaces=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged
SystemCallErrorNumber=EPERM`;

/** The names of no agent's service can be the same: those go on after `agentcom`. */
export const HUB_PROGRAM: ServiceProgram = {
  unit: 'agentcom.service',
  label: 'agentcom',
  title: 'AgentCom hub',
  what: 'The AgentCom hub',
  by: 'agentcom up',
  instead: 'Omit --service, and run `agentcom up` in a terminal or under your own service manager.',
  systemd: `Type=notify
# The notes come from a program that the hub starts.
NotifyAccess=all
WatchdogSec=60
# Reading a long journal takes as long as it takes; what cannot start ends by itself.
TimeoutStartSec=infinity
# For 16,384 connections, and the files of the nats-server.
LimitNOFILE=65536
# The hub is told first, and stops its nats-server itself. What is left after it has ended is killed, which loses nothing that was acknowledged.
KillMode=mixed
TimeoutStopSec=30
Restart=on-failure
RestartSec=5
# A stop that came before it was ready.
SuccessExitStatus=2
# The settings or the journal cannot be used, the user may not, or what is to be started is gone: another start changes nothing.
RestartPreventExitStatus=64 77 78 127 200 203`,
  startMs: 60_000,
  confinement: HUB_CONFINEMENT,
  isSealed: true,
  // Also a stop that came before it was ready.
  statusForLaunchd: [[`2|${HOPELESS}`, 0]],
  launchd: `${UNTIL_SUCCESS}
  <key>ThrottleInterval</key><integer>10</integer>
  <key>ExitTimeOut</key><integer>30</integer>`,
};
