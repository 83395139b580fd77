import { makeLog } from '../../src/lib/log.ts';
import { systemRandom } from '../../src/lib/random.ts';
import { makeSealer } from '../../src/lib/sealed.ts';
import { Secret } from '../../src/lib/secret.ts';
import { openDatabase } from '../../src/open-database.ts';
import { deliverDue } from '../../src/webhooks/deliver-due.ts';
import { webhookClient } from '../../src/webhooks/webhook-client.ts';

/** A delivery worker as a process of its own, so that a test can kill it: see `spawnDeliveryWorker`. */
const [connectionString = '', at = '', sealingKey = ''] = process.argv.slice(2);
const policy = { allowHttp: true, allowLoopback: true };
await deliverDue({
  database: openDatabase({ connectionString }).database,
  policy,
  random: systemRandom,
  now: () => new Date(at),
  log: makeLog('error'),
  announce: () => {},
  sealer: makeSealer(new Secret(new Uint8Array(Buffer.from(sealingKey, 'hex'))), systemRandom),
  post: webhookClient({ policy }),
});
process.exit(0);
