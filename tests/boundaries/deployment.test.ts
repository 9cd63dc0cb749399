// What is written for Docker Compose and Kubernetes agrees with the hub, and with itself.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROUTES, type Route, resolveSettings } from '@agentcom/schemas';
import { compile } from '@agentcom/schemas/validate';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';

const root = join(import.meta.dirname, '..', '..');
const deploy = join(root, 'ops', 'deploy');
const read = (...path: string[]): string => readFileSync(join(root, ...path), 'utf8');
const { version } = JSON.parse(read('package.json')) as { version: string };
const guide = read('ops', 'docs', 'deploy.md');
const dockerfile = read('ops', 'deploy', 'Dockerfile');

/** Parsed YAML, of which we know what we wrote. */
// biome-ignore lint/suspicious/noExplicitAny: a type for all of Kubernetes would say less than the tests do.
type Parsed = any;

function documentsOf(path: string): Parsed[] {
  return parseAllDocuments(readFileSync(path, 'utf8'), { merge: true }).map((document) => {
    expect([...document.errors, ...document.warnings], path).toEqual([]);
    return document.toJS({ maxAliasCount: 10 });
  });
}

const kubernetes = join(deploy, 'kubernetes');
const files = readdirSync(kubernetes).filter((name) => name !== 'kustomization.yaml');
const manifests = files.flatMap((name) => documentsOf(join(kubernetes, name)));
const ofKind = (...kinds: string[]) => manifests.filter(({ kind }) => kinds.includes(kind));
const named = (kind: string, name: string) => ofKind(kind).find(({ metadata }) => metadata.name === name);
const workloads = ofKind('StatefulSet', 'Deployment', 'Job').map((workload) => ({
  name: workload.metadata.name as string,
  kind: workload.kind as string,
  pod: workload.spec.template.spec,
  labels: workload.spec.template.metadata.labels,
  containers: workload.spec.template.spec.containers as Parsed[],
}));
const containerOf = (name: string) => workloads.find((one) => one.name === name)?.containers[0];
const compose = documentsOf(join(deploy, 'compose.yaml'))[0].services;

/** As the hub resolves what it is started with; throws what it would refuse. */
function settingsFrom(env: Readonly<Record<string, string>>) {
  const resolved = resolveSettings('hub', { env, readFile: () => 'secret' }, compile);
  if (!resolved.ok) throw new Error(JSON.stringify(resolved.details));
  return resolved.value;
}

const imageEnvironment = Object.fromEntries(
  [...dockerfile.matchAll(/\b(AGENTCOM_[A-Z_]+)=(\S+)/g)].map(([, name, value]) => [name, value]),
) as Record<string, string>;

describe('Kubernetes', () => {
  it('has every file in its kustomization but the examples', () => {
    const [{ resources }] = documentsOf(join(kubernetes, 'kustomization.yaml')) as Parsed;
    expect([...resources].sort()).toEqual(files.filter((name) => !name.endsWith('-example.yaml')).sort());
    for (const { kind, metadata } of manifests)
      expect(kind === 'Namespace' ? metadata.name : metadata.namespace).toBe('agentcom');
  });

  it('starts hubs with settings that there are', () => {
    const { data } = named('ConfigMap', 'hub');
    expect(settingsFrom({ ...imageEnvironment, ...data })).toMatchObject({ host: '0.0.0.0', natsReplicas: 3 });
    expect(containerOf('hub').envFrom).toEqual([{ configMapRef: { name: 'hub' } }]);
    const mounts = containerOf('hub').volumeMounts.map(({ mountPath }: Parsed) => `${mountPath}/`);
    expect(containerOf('restore').envFrom).toEqual(containerOf('hub').envFrom);
    expect(containerOf('restore').volumeMounts).toEqual(containerOf('hub').volumeMounts);
    for (const [name, value] of Object.entries<string>(data))
      if (/_FILE$|_DIR$/.test(name)) expect(mounts.some((mount: string) => value.startsWith(mount))).toBe(true);
  });

  it('keeps streams on as many servers as there are, and names each', () => {
    const { data } = named('ConfigMap', 'hub');
    const count = named('StatefulSet', 'nats').spec.replicas;
    expect(Number(data.AGENTCOM_NATS_REPLICAS)).toBe(count);
    const hosts = Array.from({ length: count }, (_, i) => `nats://nats-${i}.nats`);
    expect(data.AGENTCOM_NATS.split(',')).toEqual(hosts.map((host) => `${host}:4222`));
    const [, routes] = /routes: \[(.*)\]/.exec(named('ConfigMap', 'nats').data['nats.conf']) ?? [];
    expect(routes?.split(', ')).toEqual(hosts.map((host) => `${host}:6222`));
  });

  it('probes what the hub answers without a key', () => {
    const probes = ['startupProbe', 'livenessProbe', 'readinessProbe'].map((name) => containerOf('hub')[name].httpGet);
    const checked = /uri (\S+)/.exec(named('ConfigMap', 'front').data['haproxy.cfg'])?.[1];
    for (const path of [...probes.map(({ path }) => path), checked]) {
      const { pathname, searchParams } = new URL(path, 'http://hub');
      const routes: readonly Route[] = Object.values(ROUTES);
      const route = routes.find(
        ({ method, url, action }) => method === 'GET' && url === pathname && action === 'public',
      );
      expect(route, path).toBeDefined();
      const query = Object.fromEntries(searchParams);
      if (route?.query !== undefined) expect(compile(route.query)(query), path).toMatchObject({ ok: true });
      else expect(query).toEqual({});
    }
    // Both hubs are ready, and requests go to the one that leads.
    expect(containerOf('hub').readinessProbe.httpGet.path).toBe('/readyz?role=any');
    expect(checked).toBe('/readyz');
  });

  it('sends requests to the port of each hub', () => {
    const { port } = settingsFrom({ ...imageEnvironment, ...named('ConfigMap', 'hub').data });
    expect(containerOf('hub').ports).toEqual([{ name: 'http', containerPort: port }]);
    const config = named('ConfigMap', 'front').data['haproxy.cfg'];
    const servers = [...config.matchAll(/^ *server (\S+) (\S+)$/gm)].map(([, name, address]) => [name, address]);
    const { replicas, serviceName } = named('StatefulSet', 'hub').spec;
    expect(servers).toEqual(
      Array.from({ length: replicas }, (_, i) => {
        return [`hub-${i}`, `hub-${i}.${serviceName}.agentcom.svc.cluster.local:${port}`];
      }),
    );
    for (const { name, containerPort } of containerOf('front').ports)
      expect(config, name).toContain(`bind :${containerPort}`);
  });

  it('selects pods that there are, and ports that they have', () => {
    const selecting = [
      ...ofKind('Service').map(({ spec }) => spec.selector),
      ...ofKind('PodDisruptionBudget', 'StatefulSet', 'Deployment').map(({ spec }) => spec.selector.matchLabels),
      ...ofKind('NetworkPolicy').flatMap(({ spec }) => [
        spec.podSelector.matchLabels,
        ...spec.ingress.flatMap(({ from }: Parsed) => from.map((peer: Parsed) => peer.podSelector.matchLabels)),
      ]),
    ];
    const labels = workloads.map((one) => one.labels);
    for (const selector of selecting) expect(labels).toContainEqual(selector);
    for (const { metadata, spec } of ofKind('Service')) {
      const of = workloads.find((one) => JSON.stringify(one.labels) === JSON.stringify(spec.selector));
      const ports = of?.containers.flatMap((container) => container.ports.map(({ name }: Parsed) => name));
      for (const { targetPort } of spec.ports) expect(ports, metadata.name).toContain(targetPort);
    }
    const served = workloads.filter(({ kind }) => kind !== 'Job').map(({ name }) => name);
    expect(ofKind('PodDisruptionBudget').map(({ metadata }) => metadata.name)).toEqual(served);
    expect(ofKind('StatefulSet').map(({ spec }) => named('Service', spec.serviceName)?.spec.clusterIP)).toEqual(
      ofKind('StatefulSet').map(() => 'None'),
    );
  });

  it.each(workloads)('lets $name do no more than it must', ({ kind, pod, containers }) => {
    expect(pod).toMatchObject({
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    });
    for (const container of containers) {
      expect(container.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      expect(container.resources).toMatchObject({ requests: expect.anything(), limits: { memory: expect.anything() } });
      if (kind === 'Job') continue;
      expect(container).toMatchObject({ livenessProbe: expect.anything(), readinessProbe: expect.anything() });
    }
  });

  it('needs the secrets that the guide says how to make', () => {
    const secrets = workloads.flatMap(({ pod, containers }) => [
      ...(pod.volumes ?? []).flatMap(({ secret }: Parsed) => (secret === undefined ? [] : [secret.secretName])),
      ...containers.flatMap(({ env = [] }) =>
        env.flatMap(({ valueFrom }: Parsed) => valueFrom?.secretKeyRef?.name ?? []),
      ),
    ]);
    for (const name of new Set(secrets)) expect(guide).toMatch(new RegExp(`create secret (generic|tls) ${name} `));
  });

  it('runs the hub of this version', () => {
    for (const name of ['hub', 'restore'])
      expect(containerOf(name).image).toBe(`registry.example.org/agentcom-hub:${version}`);
    expect(containerOf('nats').image).toBe(compose.nats.image);
    expect(`uid ${workloads.find(({ name }) => name === 'hub')?.pod.securityContext.runAsUser}`).toBe(
      `uid ${/^USER (\d+):/m.exec(dockerfile)?.[1]}`,
    );
  });
});

describe('Docker Compose', () => {
  it('starts the hub with settings that there are, from files that it gets', () => {
    const { AGENTCOM_PUBLIC_URL: url, ...given } = compose.hub.environment;
    expect(url).toMatch(/^\$\{AGENTCOM_PUBLIC_URL:\?/);
    const settings = settingsFrom({
      ...imageEnvironment,
      ...given,
      AGENTCOM_PUBLIC_URL: 'https://hub.example.org:7700',
    });
    expect(compose.hub.ports).toEqual([`${settings.port}:${settings.port}`]);
    expect(dockerfile).toContain(`EXPOSE ${settings.port}`);
    expect(settings.nats).toBe('nats://nats:4222');
    for (const [name, value] of Object.entries<string>(given))
      if (value.startsWith('/run/secrets/')) expect(compose.hub.secrets, name).toContain(value.split('/').at(-1));
  });

  it.each(Object.entries<Parsed>(compose))(
    'lets %s do no more than it must, and looks whether it lives',
    (_, service) => {
      expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
      expect(service.healthcheck.test[0]).toBe('CMD');
      expect(service.mem_limit).toBeDefined();
    },
  );
});

it.each([
  ['compose.yaml', read('ops', 'deploy', 'nats.conf')],
  ['Kubernetes', named('ConfigMap', 'nats').data['nats.conf'] as string],
])('nats-server takes the configuration of %s', (_, config) => {
  const { AGENTCOM_NATS_SERVER = 'nats-server' } = process.env;
  const dir = mkdtempSync(join(tmpdir(), 'agentcom-deployment-'));
  try {
    const file = join(dir, 'nats.conf');
    writeFileSync(file, config);
    const env = { ...process.env, POD_NAME: 'nats-0', NATS_PASSWORD: 'nats-1' };
    const { status, stderr } = spawnSync(AGENTCOM_NATS_SERVER, ['-t', '--config', file], { env, encoding: 'utf8' });
    expect({ status, stderr }).toMatchObject({ status: 0, stderr: expect.stringContaining('is valid') });
  } finally {
    rmSync(dir, { recursive: true });
  }
});
