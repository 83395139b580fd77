import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const lockfile = z.object({ packages: z.record(z.string(), z.object({ optional: z.boolean().optional() })) });
const licensed = z.object({
  license: z.union([z.string(), z.object({ type: z.string() })]).optional(),
  licenses: z.array(z.object({ type: z.string() })).optional(),
});
const REFUSED = /AGPL|Affero|UNLICENSED/i;

/** Every package of the lockfile that is installed here has a licence, and none asks to publish what merely uses it over a network. */
const { packages } = lockfile.parse(readJson(join(ROOT, 'package-lock.json')));
const places = Object.keys(packages).filter((place) => place !== '' && existsSync(join(ROOT, place, 'package.json')));
const faults = places.flatMap((place) => {
  const licence = licenceOf(join(ROOT, place));
  if (licence === null) return [`${place} has no licence`];
  return REFUSED.test(licence) ? [`${place} is ${licence}`] : [];
});
const absent = Object.entries(packages).filter(([place, { optional }]) => place !== '' && !optional && !places.includes(place));
for (const fault of [...faults, ...absent.map(([place]) => `${place} is not installed`)]) console.error(fault);
console.log(`${places.length} packages looked at`);
process.exitCode = faults.length + absent.length > 0 ? 1 : 0;

function licenceOf(folder: string): string | null {
  const { license, licenses } = licensed.parse(readJson(join(folder, 'package.json')));
  if (typeof license === 'object') return license.type;
  if (license && !/^SEE LICEN[CS]E/i.test(license)) return license;
  if (licenses?.length) return licenses.map(({ type }) => type).join(' OR ');
  const file = readdirSync(folder).find((name) => /^(?:licen[cs]e|copying)/i.test(name));
  return file
    ? (readFileSync(join(folder, file), 'utf8')
        .split('\n')
        .find((line) => line.trim() !== '')
        ?.trim() ?? null)
    : null;
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'));
}
