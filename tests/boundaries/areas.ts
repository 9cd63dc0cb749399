// The areas of the source and what each may import: the map in ARCHITECTURE.md, as data that a test holds.

export interface Area {
  readonly name: string;
  /** From the root of the repository: a folder with all below it, `folder/*` for the files directly in it, or one file. The longest decides. */
  readonly files: readonly string[];
  /** Names of other areas, or `hub/*` for all of a kind. */
  readonly imports: readonly string[];
  /** What it may use beside the repository: Node's own modules, packages from npm. */
  readonly outside: readonly ('node' | 'packages')[];
}

const nodeAndPackages = ['node', 'packages'] as const;
const floor = ['schemas', 'schemas/host'] as const;
/** Of whatever is a process of its own. */
const mainFloor = [...floor, 'schemas/tracing'] as const;
const hubPorts = [...floor, 'hub/core', 'hub/ports'] as const;
const hubAdapters = [...hubPorts, 'hub/lifecycle', 'hub/jetstream'] as const;
const journalRooms = [...hubAdapters, 'hub/journal'] as const;
const sidecarParts = [...floor, 'sidecar/core', 'sidecar/host', 'sidecar/ports'] as const;

export const areas: readonly Area[] = [
  { name: 'schemas', files: ['schemas/src'], imports: [], outside: ['packages'] },
  { name: 'schemas/host', files: ['schemas/src/host'], imports: ['schemas'], outside: ['node'] },
  { name: 'schemas/tracing', files: ['schemas/src/tracing'], imports: ['schemas'], outside: nodeAndPackages },
  { name: 'schemas/generate', files: ['schemas/src/generate.ts'], imports: ['schemas'], outside: ['node'] },

  { name: 'hub/core', files: ['hub/src/core'], imports: ['schemas'], outside: [] },
  { name: 'hub/ports', files: ['hub/src/coordinator/ports.ts'], imports: ['schemas', 'hub/core'], outside: [] },
  { name: 'hub/coordinator', files: ['hub/src/coordinator'], imports: hubPorts, outside: nodeAndPackages },
  { name: 'hub/feed', files: ['hub/src/feed'], imports: hubPorts, outside: [] },
  { name: 'hub/lifecycle', files: ['hub/src/lifecycle.ts'], imports: [], outside: [] },
  { name: 'hub/jetstream', files: ['hub/src/jetstream'], imports: hubPorts, outside: nodeAndPackages },
  { name: 'hub/access', files: ['hub/src/access'], imports: hubPorts, outside: nodeAndPackages },
  { name: 'hub/bodies', files: ['hub/src/bodies'], imports: hubAdapters, outside: nodeAndPackages },
  { name: 'hub/journal', files: ['hub/src/journal'], imports: hubAdapters, outside: nodeAndPackages },
  { name: 'hub/journal/log', files: ['hub/src/journal/log'], imports: journalRooms, outside: nodeAndPackages },
  {
    name: 'hub/journal/snapshot',
    files: ['hub/src/journal/snapshot'],
    imports: [...journalRooms, 'hub/journal/log'],
    outside: nodeAndPackages,
  },
  {
    name: 'hub/journal/backup',
    files: ['hub/src/journal/backup'],
    imports: [...journalRooms, 'hub/journal/log', 'hub/journal/snapshot'],
    outside: nodeAndPackages,
  },
  {
    name: 'hub/journal/repair',
    files: ['hub/src/journal/repair'],
    imports: [...journalRooms, 'hub/journal/log', 'hub/journal/snapshot', 'hub/journal/backup'],
    outside: nodeAndPackages,
  },
  { name: 'hub/nats', files: ['hub/src/nats'], imports: [...hubPorts, 'hub/lifecycle'], outside: nodeAndPackages },
  { name: 'hub/output', files: ['hub/src/output'], imports: hubAdapters, outside: nodeAndPackages },
  { name: 'hub/messages', files: ['hub/src/messages'], imports: hubAdapters, outside: nodeAndPackages },
  { name: 'hub/notify/ports', files: ['hub/src/notify/ports.ts'], imports: ['schemas'], outside: [] },
  {
    name: 'hub/notify',
    files: ['hub/src/notify'],
    imports: [...hubAdapters, 'hub/notify/ports'],
    outside: nodeAndPackages,
  },
  { name: 'hub/audit', files: ['hub/src/audit'], imports: hubAdapters, outside: nodeAndPackages },
  { name: 'hub/observe', files: ['hub/src/observe'], imports: hubPorts, outside: nodeAndPackages },
  { name: 'hub/live', files: ['hub/src/live'], imports: [...hubPorts, 'hub/access'], outside: [] },
  {
    name: 'hub/gateway',
    files: ['hub/src/gateway'],
    imports: [
      ...hubPorts,
      'hub/access',
      'hub/bodies',
      'hub/coordinator',
      'hub/live',
      'hub/observe',
      'hub/notify/ports',
    ],
    outside: nodeAndPackages,
  },
  {
    name: 'hub/maintenance',
    files: ['hub/src/maintenance'],
    imports: [...hubAdapters, 'hub/coordinator', 'hub/journal', 'hub/journal/backup'],
    outside: nodeAndPackages,
  },
  {
    name: 'hub/main',
    files: ['hub/src/*'],
    imports: [...mainFloor, 'hub/*'],
    outside: nodeAndPackages,
  },

  { name: 'dashboard', files: ['hub/dashboard/src'], imports: ['schemas'], outside: ['packages'] },
  { name: 'dashboard/build', files: ['hub/dashboard/*'], imports: [], outside: nodeAndPackages },

  { name: 'sidecar/core', files: ['sidecar/src/core'], imports: ['schemas'], outside: [] },
  { name: 'sidecar/ports', files: ['sidecar/src/ports.ts'], imports: ['schemas', 'sidecar/core'], outside: [] },
  { name: 'sidecar/host', files: ['sidecar/src/host'], imports: floor, outside: nodeAndPackages },
  { name: 'sidecar/link', files: ['sidecar/src/link'], imports: sidecarParts, outside: nodeAndPackages },
  { name: 'sidecar/outbox', files: ['sidecar/src/outbox'], imports: sidecarParts, outside: nodeAndPackages },
  { name: 'sidecar/runners', files: ['sidecar/src/runners'], imports: sidecarParts, outside: nodeAndPackages },
  { name: 'sidecar/git', files: ['sidecar/src/git'], imports: sidecarParts, outside: nodeAndPackages },
  { name: 'sidecar/forge', files: ['sidecar/src/forge'], imports: sidecarParts, outside: nodeAndPackages },
  { name: 'sidecar/agent-api', files: ['sidecar/src/agent-api'], imports: sidecarParts, outside: nodeAndPackages },
  { name: 'sidecar/output', files: ['sidecar/src/output'], imports: sidecarParts, outside: nodeAndPackages },
  { name: 'sidecar/observe', files: ['sidecar/src/observe'], imports: sidecarParts, outside: nodeAndPackages },
  {
    name: 'sidecar/main',
    files: ['sidecar/src/*'],
    imports: [...mainFloor, 'sidecar/*'],
    outside: nodeAndPackages,
  },

  // Runs before anything is installed, so it has nothing but Node.
  { name: 'setup', files: ['scripts'], imports: [], outside: ['node'] },
  {
    name: 'command',
    files: ['scripts/cli'],
    imports: [...floor, 'hub/*', 'sidecar/*', 'setup'],
    outside: nodeAndPackages,
  },
  {
    name: 'tests',
    files: ['tests'],
    imports: [...floor, 'hub/*', 'sidecar/*', 'command', 'setup'],
    outside: nodeAndPackages,
  },
];

/** Tests and what only tests use: free in what they import, but nothing else imports them. */
export const testFile = /(\.test|\/(testing|fixture|conformance))\.ts$/;

/** Packages that share no code with each other, not even in tests beside the code. */
export const strangers: readonly (readonly [string, string])[] = [['hub', 'sidecar']];

/** The table in ARCHITECTURE.md. */
export function areasAsMarkdown(): string {
  const rows = areas.map(({ name, files, imports, outside }) =>
    [
      name,
      files.map((file) => `\`${file}\``).join(', '),
      imports.join(', ') || '—',
      outside.join(', ') || 'nothing',
    ].join(' | '),
  );
  return ['area | where | may import | from outside', '---|---|---|---', ...rows].map((row) => `| ${row} |\n`).join('');
}
