import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse as parseYaml, parseAllDocuments } from 'yaml';
import { TASK_QUEUES } from '../../contracts/temporal/queues.ts';
import { describeSettings, loadApiConfig, loadWorkerConfig } from '../../platform/config.ts';
import { NoProgramError, resolveGoProgram } from '../../scripts/stack/go-binary.ts';
import { runToEnd } from '../../scripts/stack/processes.ts';
import { SERVICES } from '../../scripts/stack/services.ts';
import { ROOT } from './compose-file.ts';

const FOLDER = path.join(ROOT, 'deploy', 'kubernetes');
const KUSTOMIZE = {
  name: 'kustomize',
  module: 'sigs.k8s.io/kustomize/kustomize/v5',
  version: 'v5.7.1',
  builtAs: 'kustomize',
  buildMs: 10 * 60_000,
};
const QUEUES = Object.values(TASK_QUEUES);
const COMPONENTS = ['api', ...QUEUES.map((queue) => `${queue}-worker`)];

interface Container {
  image?: string;
  command: string[];
  env?: { name: string }[];
  envFrom?: { configMapRef?: { name: string }; secretRef?: { name: string } }[];
  resources: { requests: object; limits: { memory: string; cpu?: string } };
  securityContext?: {
    readOnlyRootFilesystem: boolean;
    allowPrivilegeEscalation: boolean;
    capabilities: object;
  };
  livenessProbe?: { httpGet: { path: string } };
  readinessProbe?: { httpGet: { path: string } };
  startupProbe?: object;
  volumeMounts?: { mountPath: string }[];
}

/** What the tests look at; each kind has some of it. */
interface KubernetesObject {
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string> };
  data?: Record<string, string>;
  spec: {
    replicas?: number;
    minReplicaCount?: number;
    maxUnavailable?: number;
    podSelector?: object;
    policyTypes?: string[];
    selector?: { matchLabels: Record<string, string> };
    scaleTargetRef?: { name: string };
    triggers?: { type: string; metadata: Record<string, string> }[];
    template?: {
      metadata: { labels: Record<string, string> };
      spec: {
        securityContext?: object;
        automountServiceAccountToken?: boolean;
        terminationGracePeriodSeconds?: number;
        containers: Container[];
      };
    };
  };
}

function parse(text: string): KubernetesObject[] {
  return parseAllDocuments(text).map((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS() as KubernetesObject;
  });
}

/** The objects that the folder's kustomization.yaml names; patches are none. */
async function readFolder(folder: string): Promise<KubernetesObject[]> {
  const read = (name: string): Promise<string> => readFile(path.join(FOLDER, folder, name), 'utf8');
  const { resources } = parseYaml(await read('kustomization.yaml')) as { resources: string[] };
  return (await Promise.all(resources.map(read))).flatMap(parse);
}

const ofKind = (objects: readonly KubernetesObject[], kind: string): KubernetesObject[] =>
  objects.filter((object) => object.kind === kind);
const named = (objects: readonly KubernetesObject[], kind: string, name: string): KubernetesObject =>
  ofKind(objects, kind).find(({ metadata }) => metadata.name === name)!;
const containersOf = ({ kind, spec }: KubernetesObject): Container[] =>
  ['Deployment', 'Job'].includes(kind) ? (spec.template?.spec.containers ?? []) : [];

describe('the Kubernetes base', () => {
  let base: KubernetesObject[];
  let keda: KubernetesObject[];
  beforeAll(async () => {
    base = await readFolder('base');
    keda = await readFolder('components/keda');
  });

  test('runs every process that npm start runs, and the migrations, each by a script that is there', () => {
    const scripts = base
      .flatMap(containersOf)
      .flatMap(({ command }) => command.at(-1) ?? [])
      .sort();
    expect(scripts).toEqual([...SERVICES.map(({ entry }) => entry), 'scripts/db-migrate.ts'].sort());
    for (const script of scripts) expect(existsSync(path.join(ROOT, script)), script).toBe(true);
  });

  test('gives the processes settings that they read, and with the secrets these are sound', () => {
    const settings = describeSettings();
    const dataOf = (name: string) => named(base, 'ConfigMap', name).data ?? {};
    const shared = dataOf('longshore-settings');
    const roles = { api: dataOf('longshore-api-settings'), worker: dataOf('longshore-worker-settings') };
    for (const [role, own] of Object.entries(roles)) {
      const read = settings
        .filter(({ readBy }) => readBy.some((one) => one === role))
        .map(({ name }) => name);
      expect(read).toEqual(expect.arrayContaining(Object.keys({ ...shared, ...own })));
    }
    const secret = {
      DATABASE_URL: 'postgresql://longshore:secret@db/longshore',
      AUTH_SECRET: 'abcdefghijklmnopqrstuvwxyz0123456789',
    };
    expect(loadApiConfig({ ...shared, ...roles.api, ...secret }).SECURE_COOKIES).toBe(true);
    expect(loadWorkerConfig({ ...shared, ...roles.worker, ...secret }).READINESS_PORT).toBe(3000);
    // No folder is shared by pods: files are in a bucket.
    expect(shared.STORAGE_URL).toMatch(/^s3:/);
  });

  test('lets one pod of each at a time be taken away, and has another one meanwhile', () => {
    expect(ofKind(base, 'PodDisruptionBudget').map(({ metadata }) => metadata.name)).toEqual(COMPONENTS);
    for (const { metadata, spec } of ofKind(base, 'PodDisruptionBudget')) {
      expect(spec.maxUnavailable, metadata.name).toBe(1);
      const { selector, replicas } = named(base, 'Deployment', metadata.name).spec;
      expect(spec.selector?.matchLabels, metadata.name).toEqual(selector?.matchLabels);
      expect(replicas, metadata.name).toBeGreaterThan(1);
    }
  });

  test('scales the workers of each task queue by what waits in it', () => {
    const scaled = ofKind(keda, 'ScaledObject');
    expect(scaled.map(({ spec }) => spec.triggers?.[0]?.metadata.taskQueue)).toEqual(QUEUES);
    for (const { spec } of scaled) {
      expect(spec.triggers).toHaveLength(1);
      expect(spec.triggers?.[0]?.type).toBe('temporal');
      expect(spec.scaleTargetRef?.name).toBe(`${spec.triggers?.[0]?.metadata.taskQueue ?? ''}-worker`);
      expect(spec.minReplicaCount).toBeGreaterThan(1);
    }
  });
});

describe('the example, as kustomize makes it', () => {
  let objects: KubernetesObject[] | undefined;
  let reason = '';
  beforeAll(async () => {
    try {
      const kustomize = await resolveGoProgram(KUSTOMIZE);
      const { code, output } = await runToEnd(kustomize, ['build', path.join(FOLDER, 'overlays', 'example')]);
      expect(code, output).toBe(0);
      objects = parse(output);
    } catch (error) {
      if (!(error instanceof NoProgramError)) throw error;
      reason = error.message;
      process.stderr.write(`NOT RUN: the Kubernetes objects as kustomize makes them, because ${reason}\n`);
    }
  }, KUSTOMIZE.buildMs);

  const pods = (): KubernetesObject[] => [...ofKind(objects!, 'Deployment'), ...ofKind(objects!, 'Job')];

  test('every pod runs without rights, on a file system that it can not write to but for /tmp', ({
    skip,
  }) => {
    if (objects === undefined) return skip(reason);
    expect(pods().map(({ metadata }) => metadata.name)).toEqual(
      expect.arrayContaining([...COMPONENTS, 'migrate']),
    );
    for (const pod of pods()) {
      const { securityContext, automountServiceAccountToken, containers } = pod.spec.template!.spec;
      expect(securityContext).toMatchObject({
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      expect(automountServiceAccountToken).toBe(false);
      expect(containers).toHaveLength(1);
      const [container] = containers as [Container];
      expect(container.image).toBe('registry.example.com/longshore:1.0.0');
      expect(container.securityContext).toMatchObject({
        readOnlyRootFilesystem: true,
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
      });
      expect(container.volumeMounts?.map(({ mountPath }) => mountPath)).toEqual(['/tmp']);
      expect(container.resources.limits.memory).toMatch(/^\d+Mi$/);
    }
  });

  test('what stays is asked whether it lives and whether it is ready, and has the time that its stop takes', ({
    skip,
  }) => {
    if (objects === undefined) return skip(reason);
    for (const { metadata, spec } of ofKind(objects, 'Deployment')) {
      const { containers, terminationGracePeriodSeconds = 0 } = spec.template!.spec;
      const [{ livenessProbe, readinessProbe, startupProbe }] = containers as [Container];
      // An outage of what it stands on must not have it killed.
      expect(livenessProbe?.httpGet.path).toBe('/health');
      expect(readinessProbe?.httpGet.path).toBe(metadata.name === 'api' ? '/health' : '/health/ready');
      expect(startupProbe).toBeDefined();
      const { stopMs } = SERVICES.find(({ entry }) => containers[0]?.command.includes(entry))!;
      expect(terminationGracePeriodSeconds * 1_000).toBeGreaterThan(stopMs);
    }
  });

  test('the number of workers is set by the scaler alone', ({ skip }) => {
    if (objects === undefined) return skip(reason);
    for (const { spec } of ofKind(objects, 'ScaledObject')) {
      expect(named(objects, 'Deployment', spec.scaleTargetRef?.name ?? '').spec.replicas).toBeUndefined();
    }
    const settings = named(objects, 'ConfigMap', 'longshore-settings').data!;
    for (const { spec } of ofKind(objects, 'ScaledObject')) {
      expect(spec.triggers?.[0]?.metadata).toMatchObject({
        endpoint: settings.TEMPORAL_ADDRESS,
        namespace: settings.TEMPORAL_NAMESPACE,
      });
    }
  });

  test('by default no pod is reached and none reaches anything, and all objects are in one namespace', ({
    skip,
  }) => {
    if (objects === undefined) return skip(reason);
    const closed = named(objects, 'NetworkPolicy', 'nothing').spec;
    expect(closed).toMatchObject({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
    expect(
      new Set(
        objects.map(({ kind, metadata }) => (kind === 'Namespace' ? metadata.name : metadata.namespace)),
      ),
    ).toEqual(new Set(['longshore']));
  });
});
