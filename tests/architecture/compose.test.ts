import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { describeSettings, loadApiConfig, loadWorkerConfig } from '../../platform/config.ts';
import { SERVICES } from '../../scripts/stack/services.ts';
import { interpolate, isOurs, readComposeFile, ROOT, scriptOf } from './compose-file.ts';

const { text, document } = await readComposeFile();
const services = Object.entries(document.services);
const ours = services.filter(([, service]) => isOurs(service));
/** Where the containers see temporal-config/. */
const CONFIG_MOUNT = '/etc/longshore';
const DOCKER_SOCKET = '/var/run/docker.sock';
const SECRETS = {
  POSTGRES_PASSWORD: 'aabbccddeeff',
  TEMPORAL_POSTGRES_PASSWORD: 'ffeeddccbbaa',
  AUTH_SECRET: '0123456789abcdefghijklmnopqrstuvwxyzABCDEF',
};

test('docker-compose.yml keeps to the Compose specification', async () => {
  const schema = JSON.parse(
    await readFile(join(ROOT, 'tests', 'fixtures', 'compose-spec', 'compose-spec.json'), 'utf8'),
  ) as object;
  const ajv = new Ajv2020({ allErrors: true, strict: false });
  const validate = ajv.compile(schema);
  validate(document);
  expect(validate.errors).toBeNull();

  // The schema is no empty one.
  validate({ services: { api: { imaeg: 'longshore' } } });
  expect(validate.errors).not.toBeNull();
});

test('what npm start starts, compose starts, each in a container of its own', async () => {
  const started = ours.map(([, service]) => scriptOf(service));
  expect(started.toSorted()).toEqual(
    [...SERVICES.map(({ entry }) => entry), 'scripts/db-migrate.ts', 'scripts/temporal-setup.ts'].toSorted(),
  );
  const workers = await readdir(join(ROOT, 'workers'));
  for (const name of workers) {
    const runs = /^await runWorkers\(/m.test(await readFile(join(ROOT, 'workers', name), 'utf8'));
    // all.ts is the other workers in one process.
    if (runs && name !== 'all.ts') expect(started).toContain(`workers/${name}`);
  }
});

test('the files that containers start or mount exist', () => {
  for (const [name, service] of services) {
    if (isOurs(service)) expect(existsSync(join(ROOT, scriptOf(service))), name).toBe(true);
    for (const volume of service.volumes ?? []) {
      const [source = '', target = ''] = volume.split(':');
      if (source.startsWith('.')) expect(existsSync(join(ROOT, source)), `${name}: ${source}`).toBe(true);
      // The engine's socket gives its holder the machine: it is for the reader of logs alone.
      else if (source === DOCKER_SOCKET) expect(name).toBe('alloy');
      else expect(Object.keys(document.volumes), name).toContain(source);
      if (source === './temporal-config') expect(target, name).toBe(CONFIG_MOUNT);
    }
    const paths = [...(service.entrypoint ?? []), ...Object.values(service.environment ?? {})];
    for (const path of paths.filter((value) => value.startsWith(`${CONFIG_MOUNT}/`))) {
      expect(existsSync(join(ROOT, path.replace(CONFIG_MOUNT, 'temporal-config'))), `${name}: ${path}`).toBe(
        true,
      );
    }
  }
});

test('a process gets the settings that it reads: all of them, and no others', async () => {
  const settings = describeSettings();
  const dockerfile = await readFile(join(ROOT, 'Dockerfile'), 'utf8');
  const inImage = [...(dockerfile.split('\nENV ').at(-1)?.split('\n')[0] ?? '').matchAll(/(\w+)=/g)].map(
    ([, name]) => name,
  );
  for (const [name, service] of ours) {
    const given = Object.keys(service.environment ?? {});
    if (service.restart !== 'unless-stopped') {
      expect(
        settings.map((setting) => setting.name),
        name,
      ).toEqual(expect.arrayContaining(given));
      continue;
    }
    const role = scriptOf(service).startsWith('workers/') ? 'worker' : 'api';
    const read = settings.filter(({ readBy }) => readBy.includes(role)).map((setting) => setting.name);
    expect(read, name).toEqual(expect.arrayContaining(given));
    expect([...given, ...inImage], name).toEqual(expect.arrayContaining(read));
  }
});

test('the settings are sound once the required variables are set, and compose refuses to start without them', () => {
  for (const [name, { environment = {}, restart, command = [] }] of ours) {
    const filled = (variables: Record<string, string>) =>
      Object.fromEntries(
        Object.entries(environment).map(([key, value]) => [key, interpolate(value, variables)]),
      );
    if (restart !== 'unless-stopped') continue;
    const load = command.at(-1)?.startsWith('workers/') === true ? loadWorkerConfig : loadApiConfig;
    expect(load(filled(SECRETS)).STORAGE_DIR, name).toBe('/data/files');
    expect(() => filled({}), name).toThrow('is required');
  }
});

test('the optional profile observability has Grafana, Loki, Tempo, Alloy and Prometheus; without it nothing of them starts', async () => {
  const optional = services.filter(([, { profiles }]) => profiles !== undefined);
  expect(optional.map(([name]) => name).toSorted()).toEqual([
    'alloy',
    'grafana',
    'loki',
    'prometheus',
    'tempo',
  ]);
  for (const [name, service] of optional) {
    expect(service.profiles, name).toEqual(['observability']);
    expect(service.image, name).toMatch(/^[\w/]+:\$\{[A-Z]+_VERSION:-v?\d+\.\d+\.\d+\}$/);
    expect(isOurs(service), name).toBe(false);
  }
  // Nothing of ours waits for something that may not be there.
  for (const [name, { profiles, depends_on: dependencies = {} }] of services) {
    if (profiles !== undefined) continue;
    for (const other of Object.keys(dependencies)) {
      expect(document.services[other]?.profiles, `${name} waits for ${other}`).toBeUndefined();
    }
  }
  // Alloy and Prometheus find what this file calls so.
  const alloy = await readFile(join(ROOT, 'observability', 'alloy', 'config.alloy'), 'utf8');
  expect(alloy).toContain(`"com.docker.compose.project=${document.name}"`);
  expect(alloy).toContain(DOCKER_SOCKET);
  const prometheus = await readFile(join(ROOT, 'observability', 'prometheus', 'prometheus.yml'), 'utf8');
  const { scrape_configs: asked } = parse(prometheus) as {
    scrape_configs: { dns_sd_configs: { names: string[]; port: number }[] }[];
  };
  const found = asked.flatMap(({ dns_sd_configs: configs }) =>
    configs.flatMap(({ names, port }) => names.map((name) => [name, String(port)])),
  );
  const listening = services
    .filter(([, service]) => isOurs(service) && service.environment?.LOG_LEVEL !== undefined)
    .map(([name, { environment = {} }]) => [name, environment.PORT ?? environment.READINESS_PORT]);
  expect(found.toSorted()).toEqual(listening.toSorted());
});

test('the files that the services of the profile observability name are mounted where they look for them', async () => {
  const optional = services.filter(([, { profiles }]) => profiles?.includes('observability'));
  for (const [name, { command = [], environment = {}, volumes = [] }] of optional) {
    const mounts = volumes
      .filter((volume) => volume.startsWith('./'))
      .map((volume) => volume.split(':') as [source: string, target: string, mode: string]);
    expect(mounts.length, name).toBeGreaterThan(0);
    for (const [source, , mode] of mounts) expect(mode, source).toBe('ro');
    const named = [...command, ...Object.values(environment)].map((value) => value.split('=').at(-1) ?? '');
    const files = named.filter((value) => value.startsWith('/etc/'));
    if (name === 'prometheus') files.push('/etc/prometheus/rules.yml');
    expect(files.length, name).toBeGreaterThan(0);
    for (const file of files) {
      const [source = '', target = ''] = mounts.find(([, folder]) => file.startsWith(`${folder}/`)) ?? [];
      expect(existsSync(join(ROOT, source, file.slice(target.length))), `${name}: ${file}`).toBe(true);
    }
  }
  const provider = await readFile(
    join(ROOT, 'observability', 'grafana', 'provisioning', 'dashboards', 'longshore.yml'),
    'utf8',
  );
  expect(document.services.grafana?.volumes).toContain(
    `./observability/grafana/dashboards:${/path: (\S+)/.exec(provider)?.[1] ?? ''}:ro`,
  );
});

test('compose:up and compose:down are there for the services that always run, for :all, and for :observability', async () => {
  const { scripts } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const profiles = new Set(services.flatMap(([, service]) => service.profiles ?? []));
  for (const [suffix, profile] of [
    ['', ''],
    [':all', '--profile "*" '],
    [':observability', '--profile observability '],
  ] as const) {
    expect(scripts[`compose:up${suffix}`]).toBe(`docker compose ${profile}up --detach --build --wait`);
    expect(`${scripts[`compose:down${suffix}`] ?? ''} `.startsWith(`docker compose ${profile}down `)).toBe(
      true,
    );
  }
  expect(profiles).toEqual(new Set(['observability']));
});

test('no secret has a value in the file', () => {
  // That of Stripe is only needed where Stripe is chosen.
  const secrets = services.flatMap(([, { environment = {} }]) =>
    Object.entries(environment).filter(([key]) => /PASSWORD|SECRET|DATABASE_URL/.test(key)),
  );
  expect(secrets.length).toBeGreaterThan(5);
  for (const [key, value] of secrets)
    expect(value, key).toMatch(
      /^(?:(?:postgresql:\/\/longshore:)?\$\{\w+:\?[^}]+\}|\$\{STRIPE_SECRET_KEY:-\}$)/,
    );
});

test('ports are open to this machine only', () => {
  const ports = services.flatMap(([, service]) => service.ports ?? []);
  expect(ports.length).toBeGreaterThan(0);
  for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
});

test('each container is bounded, writes a bounded log, comes back by itself and gains no rights', () => {
  for (const [name, service] of services) {
    expect(service.deploy?.resources?.limits?.memory, name).toMatch(/^\d+[mg]$/);
    expect(service.logging?.options, name).toMatchObject({ 'max-size': '10m', 'max-file': '5' });
    expect(['unless-stopped', 'on-failure:5'], name).toContain(service.restart);
    expect(service.security_opt, name).toContain('no-new-privileges:true');
    if (isOurs(service)) expect(service.read_only, name).toBe(true);
  }
});

test('a service waits for what can be waited for', () => {
  for (const [name, { depends_on: dependencies = {} }] of services) {
    for (const [other, { condition }] of Object.entries(dependencies)) {
      const target = document.services[other];
      if (target === undefined) throw new Error(`${name} waits for ${other}, which does not exist`);
      const isTask = target.restart !== 'unless-stopped';
      expect(condition, `${name} waits for ${other}`).toBe(
        isTask ? 'service_completed_successfully' : 'service_healthy',
      );
      // Our own processes have theirs from the image.
      if (!isTask && !isOurs(target)) expect(target.healthcheck?.test, other).toBeDefined();
    }
  }
});

test('the Temporal server gets every variable that its configuration asks for', async () => {
  const template = await readFile(join(ROOT, 'temporal-config', 'server', 'config.yaml.template'), 'utf8');
  expect(template.startsWith('# enable-template\n')).toBe(true);
  const asked = [...template.matchAll(/env "(\w+)"/g)].map(([, name]) => name);
  const given = Object.keys(document.services.temporal?.environment ?? {});
  // Inside a container ports are the usual ones, which the template has.
  const usual = [...template.matchAll(/default "\d+" \(env "(\w+_PORT)"\)/g)].map(([, name]) => name);
  const missing = [...new Set(asked)].filter((name) => !given.includes(name ?? ''));
  expect(missing.filter((name) => !usual.includes(name))).toEqual([]);
});

test('.env.compose.example has the variables of docker-compose.yml that are not settings of a process', async () => {
  const example = await readFile(join(ROOT, '.env.compose.example'), 'utf8');
  const offered = [...example.matchAll(/^#?(\w+)=/gm)].map(([, name]) => name);
  const required = [...text.matchAll(/\$\{(\w+):\?/g)].map(([, name]) => name);
  const used = [...text.matchAll(/\$\{(\w+)/g)].map(([, name]) => name);
  const settings = describeSettings().map(({ name }) => name);
  expect(used).toEqual(expect.arrayContaining(offered));
  expect(offered).toEqual(expect.arrayContaining(required));
  expect(offered).toEqual(expect.arrayContaining(used.filter((name) => !settings.includes(name ?? ''))));
});
