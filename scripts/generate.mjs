// Generates the Prisma client and the Pothos types into prisma/generated. Plain JavaScript: it runs before anything is built.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * `prisma generate` would fetch its schema engine first, which a closed network refuses and generating never uses. Naming a
 * harmless program as that engine stops the download. Only this child sees the setting: `prisma migrate deploy` would
 * exit 0 with it and do nothing.
 */
export function generate(node = process.execPath) {
  const bin = join(ROOT, 'node_modules', '.bin');
  const child = spawnSync(
    node,
    [join(ROOT, 'node_modules', 'prisma', 'build', 'index.js'), 'generate', '--schema', join('prisma', 'schema.prisma')],
    {
      cwd: ROOT,
      encoding: 'utf8',
      env: {
        ...process.env,
        PATH: `${bin}:${process.env.PATH ?? ''}`,
        PRISMA_SCHEMA_ENGINE_BINARY: '/bin/true',
        PRISMA_HIDE_UPDATE_MESSAGE: '1',
        CHECKPOINT_DISABLE: '1',
      },
    },
  );
  if (child.status !== 0) throw new Error(`prisma generate failed:\n${child.stdout ?? ''}${child.stderr ?? ''}`);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const node = join(ROOT, 'node_modules', '.bin', 'node');
  generate(existsSync(node) ? node : process.execPath);
  process.stdout.write('generated prisma/generated\n');
}
