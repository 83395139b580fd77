import type { Running } from './start.ts';
import { forgetSeed, readEnvironment } from './config.ts';
import { DataFolderInUse } from './database-server.ts';
import { makeLog } from './lib/log.ts';
import { start } from './start.ts';

/** Entry: settings -> everything -> a clean stop. A bad setting stops the start with every fault listed and no value printed. */
async function main(): Promise<void> {
  const config = readEnvironment();
  if (!config.ok) {
    for (const fault of config.error) console.error(`setting ${fault}`);
    process.exit(1);
  }
  const log = makeLog(config.value.LOG_LEVEL);
  if (!forgetSeed()) log.warn({}, 'SEED still shows in the environment of this process in /proc: use SEED_FILE');
  const stopping = new AbortController();
  const stopped = new Promise<string>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve(signal));
    // Started by a script that has died: nobody is left who could stop us.
    process.on('disconnect', () => resolve('disconnect'));
  });
  const onLost = (error: Error) => {
    log.error({ error }, 'the database is lost');
    process.exit(1);
  };
  void stopped.then(() => stopping.abort());
  const running = await start(config.value, log, { onLost, stopping: stopping.signal }).catch((fault: unknown) => {
    if (stopping.signal.aborted) process.exit(0); // stopped before it had begun
    if (!(fault instanceof DataFolderInUse)) log.error({ error: fault }, 'AvoPay could not start');
    console.error(`AvoPay could not start: ${fault instanceof Error ? fault.message : String(fault)}`);
    process.exit(1);
  });
  console.log(welcome(running));
  await stopped;
  await running.stop();
  process.exit(0);
}

function welcome({ url, sandbox }: Running): string {
  if (url === null) return 'AvoPay works.';
  if (!sandbox) return `AvoPay serves at ${url}`;
  const { secret_key, publishable_key } = sandbox.demo();
  return [
    '',
    `AvoPay serves at   ${url}   (sandbox: real cryptography, no real money)`,
    `GraphQL            ${url}/graphql`,
    `Secret key         ${secret_key}`,
    `Publishable key    ${publishable_key}`,
    '',
    'Create a payment, then open its checkout_url in a browser and press "Pay as the shopper":',
    '',
    `curl -s -X POST ${url}/api/v1/payments -H 'Authorization: Bearer ${secret_key}' -H 'Content-Type: application/json' -d '{"amount":49.99,"currency":"EUR"}'`,
    '',
    'Ctrl-C stops it.',
    '',
  ].join('\n');
}

await main();
