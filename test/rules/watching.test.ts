import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { SETTINGS } from '../../src/config.ts';
import { makeMeter } from '../../src/metrics/meter.ts';
import { METRICS } from '../../src/metrics/metrics-table.ts';

const place = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const read = (path: string) => readFileSync(place(path), 'utf8');
const known = Object.keys(METRICS);
/** The metrics that a text names, as the table has them. */
const named = (text: string) => [
  ...new Set([...text.matchAll(/avopay_[a-z_]+/g)].map(([name]) => name.replace(/_(?:bucket|sum|count)$/, ''))),
];

test('docs/operations.md lists every metric with its kind, its labels and its meaning', () => {
  const text = read('docs/operations.md');
  const shown = text
    .slice(text.indexOf('<!-- table: metrics -->'))
    .split('\n')
    .filter((line) => line.startsWith('| `avopay_'));
  const coded = Object.entries(METRICS).map(([name, metric]) => {
    const kind = `${metric.type}${'shared' in metric ? ', shared' : ''}`;
    return `| \`${name}\` | ${kind} | ${metric.labels.map((label) => `\`${label}\``).join(' ')} | ${metric.help} |`;
  });
  expect(shown).toEqual(coded);
});

test('every metric that the dashboard and the alerts ask for exists, and the dashboard shows all of them', () => {
  const dashboard = read('docs/grafana-dashboard.json');
  expect(JSON.parse(dashboard).panels.length).toBeGreaterThan(10);
  expect(named(dashboard).toSorted()).toEqual(known.toSorted());
  for (const name of named(read('docs/alerts.yaml'))) expect(known).toContain(name);
});

test('labels that the dashboard and the alerts choose by are labels of that metric', () => {
  const text = read('docs/grafana-dashboard.json').replaceAll('\\"', '"') + read('docs/alerts.yaml');
  const chosen = [...text.matchAll(/(avopay_[a-z_]+)\{([a-z]+)=/g)];
  expect(chosen.length).toBeGreaterThan(3);
  for (const [, name = '', label] of chosen) expect(METRICS[name as keyof typeof METRICS].labels, name).toContain(label);
});

test('a meter prints every metric of the table, and two meters share nothing', async () => {
  const [one, other] = [makeMeter(), makeMeter()];
  one.count('avopay_claims_total', { outcome: 'accepted' });
  expect(await one.print()).toContain('avopay_claims_total{outcome="accepted"} 1');
  const text = await other.print();
  expect(text).not.toContain('outcome="accepted"');
  for (const [name, { type, help }] of Object.entries(METRICS)) expect(text).toContain(`# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`);
});

test('everything that the image is made of exists, it runs as nobody special, and what runs is what the build makes', () => {
  const lines = read('Dockerfile').split('\n');
  const copied = lines.filter((line) => /^COPY (?!--from)/.test(line)).flatMap((line) => line.split(' ').slice(1, -1));
  expect(copied.length).toBeGreaterThan(10);
  for (const path of copied) expect(existsSync(place(path)), path).toBe(true);
  for (const folder of ['src', 'schema', 'subscriptions', 'rest-adapter', 'prisma', 'sandbox', 'web']) expect(copied).toContain(folder);
  expect(lines).toContain('USER node');
  expect(read('Dockerfile')).toContain('"dist/main.js"');
});

test('the image, npm start and the benchmarks give Node the same room for new objects and the same helpers', () => {
  for (const path of ['Dockerfile', 'scripts/run-server.mjs', 'bench/world.ts']) {
    expect(read(path).match(/--(?:max-semi-space|v8-pool)-size=\d+/g), path).toEqual(['--max-semi-space-size=8', '--v8-pool-size=0']);
  }
});

test('compose.yaml gives settings that exist, to two servers and two workers on read-only roots', () => {
  const text = read('compose.yaml');
  const settings = text.slice(text.indexOf('x-settings:'), text.indexOf('x-server:'));
  const given = [
    ...settings.matchAll(/^ {2}([A-Z_]+):/gm),
    ...text.matchAll(/settings, ([A-Z_]+):/g),
    ...text.matchAll(/api, ([A-Z_]+):/g),
  ];
  const names = given.map(([, name = '']) => name);
  expect(names).toEqual(
    expect.arrayContaining(['DATABASE_URL', 'REDIS_URL', 'SEED', 'SEALING_KEY', 'ROLE', 'DRAIN_SECONDS', 'METRICS_PORT']),
  );
  for (const name of names) expect(Object.keys(SETTINGS)).toContain(name);
  expect(text.match(/^ {2}(?:server|worker)-\d: \*/gm)).toHaveLength(4);
  expect(text).toContain('read_only: true');
});
