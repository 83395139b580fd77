import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { request } from 'undici';
import { freePort } from '../../scripts/spawn-server.ts';
import { answerTasks, endWithParent } from '../answer-tasks.ts';
import { NCHAN_MODULE } from '../nchan.ts';
import { connect } from './ask.ts';
import { PAID_FRAME, pay } from './checkout.ts';

/** nginx holds the sockets; after the same commit it is posted the same bytes, for all sockets of the payment. */
const pool = connect();
const folder = mkdtempSync(join(tmpdir(), 'avopay-nchan-'));
const port = await freePort();
const site = `http://127.0.0.1:${port}`;
writeFileSync(join(folder, 'nginx.conf'), configuration());
const nginx = spawn('nginx', ['-p', folder, '-c', 'nginx.conf', '-e', 'stderr'], { stdio: ['ignore', 'inherit', 'inherit'] });
process.on('exit', () => {
  nginx.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});
while (!(await answers())) await new Promise((resolve) => setTimeout(resolve, 20));

const server = createServer(async ({ url }, response) => {
  const id = url?.split('/').at(-1) ?? '';
  await pay(pool, id);
  const told = await request(`${site}/tell/${id}`, { method: 'POST', body: PAID_FRAME });
  await told.body.dump();
  response.end('{}');
});
const payPort = await freePort();
server.listen(payPort, '127.0.0.1');
endWithParent();
answerTasks({
  port: () => payPort,
  socketPort: () => port,
  memory: () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${nginx.pid}/status`, 'utf8'))?.[1]),
});

async function answers(): Promise<boolean> {
  const answer = await request(site).catch(() => null); // not yet listening
  await answer?.body.dump();
  return answer !== null;
}

/** One process, as the servers beside it are. */
function configuration(): string {
  const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`);
  return `load_module ${NCHAN_MODULE};
daemon off;
master_process off;
worker_rlimit_nofile 65536;
pid ${folder}/nginx.pid;
events { worker_connections 32768; }
http {
  access_log off;
  error_log stderr crit;
  ${folders.join(' ')}
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location = / { return 204; }
    location ~ ^/tell/(.+)$ { nchan_publisher; nchan_channel_id $1; }
    location ~ ^/watch/(.+)$ { nchan_subscriber websocket; nchan_channel_id $1; nchan_subscriber_first_message newest; }
  }
}
`;
}
