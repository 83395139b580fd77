import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { freePort } from '../../scripts/spawn-server.ts';

const PROGRAM = '/usr/bin/redis-server';

/** Why tests with Redis cannot run here, or null. With CI=true a missing one is a failure, not a reason. */
export function redisMissing(): string | null {
  if (existsSync(PROGRAM)) return null;
  const reason = `Redis tests skipped: ${PROGRAM} is missing (apt-get install redis-server)`;
  if (process.env['CI'] === 'true') throw new Error(reason);
  console.warn(reason);
  return reason;
}

/** A Redis of its own on a loopback port, without files; stopped and started again on its port it has forgotten everything. */
export async function startRedis(at?: number): Promise<{ url: string; port: number; stop: () => Promise<void> }> {
  const port = at ?? (await freePort());
  const child = spawn(PROGRAM, ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  for await (const chunk of child.stdout) if (String(chunk).includes('Ready to accept connections')) break;
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}
