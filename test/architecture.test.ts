import { describe, expect, test } from 'vitest';
import { violations } from '../scripts/house-rules.ts';
import { readFacts, readSources } from '../scripts/source-facts.ts';

test('every file keeps to the doors and imports of its place', () => {
  const sources = [...readSources()];
  expect(sources.length).toBeGreaterThan(50);
  expect(sources.flatMap(([path, text]) => violations(readFacts(path, text)))).toEqual([]);
});

describe('a planted fault is found', () => {
  test.each([
    ['src/lib/money.ts', `import { x } from '../events/event.ts';`, 'imports src/events/event.ts; src/lib may import nothing of ours'],
    ['src/rates/rate.ts', `import type { X } from '../payments/payment.ts';`, 'imports src/payments/payment.ts'],
    ['src/swaps/swap.ts', `import { x } from '../wallets/descriptor.ts';`, 'imports src/wallets/descriptor.ts'],
    ['src/webhooks/schedule.ts', `export { x } from '../payments/payment.ts';`, 'imports src/payments/payment.ts'],
    ['src/payments/payment.ts', `const x = await import('../links/link.ts');`, 'imports src/links/link.ts'],
    ['src/payments/payment.ts', `type X = import('../../schema/payment.ts').X;`, 'imports schema/payment.ts'],
    ['src/payments/payment.ts', `import { x } from '../app.ts';`, 'imports src/app.ts'],
    ['src/server.ts', `import { x } from '../sandbox/start-sandbox.ts';`, 'imports the sandbox'],
    ['src/payments/payment.ts', `import { PrismaClient } from '../../prisma/generated/client.ts';`, 'imports the Prisma client'],
    ['src/payments/payment.ts', 'await deps.database.client.payment.count();', 'looks inside the database'],
    ['src/payments/payment.ts', `import { request } from 'undici';`, 'imports undici'],
    ['src/payments/payment.ts', `import { connect } from 'node:net';`, 'imports net'],
    ['schema/payment.ts', `import { x } from '../src/payments/payment-store.ts';`, 'imports the store src/payments/payment-store.ts'],
    ['schema/payment.ts', `import { x } from '../rest-adapter/routes.ts';`, 'imports rest-adapter/routes.ts'],
    ['rest-adapter/routes.ts', `import { x } from '../src/payments/payment.ts';`, 'imports src/payments/payment.ts'],
    ['subscriptions/payment.ts', `import { x } from '../src/payments/payment.ts';`, 'imports src/payments/payment.ts'],
    ['sandbox/main.ts', `import { x } from '../src/liquid/network.ts';`, 'imports src/liquid/network.ts'],
    ['web/checkout/page.tsx', `import { x } from '../../src/lib/money.ts';`, 'imports src/lib/money.ts'],
    ['src/payments/payment.ts', 'const at = Date.now();', 'reads the clock'],
    ['src/payments/payment.ts', 'const at = new Date();', 'reads the clock'],
    ['src/payments/payment.ts', 'const x = Math.random();', 'makes random bytes'],
    ['src/payments/payment.ts', `import { randomBytes } from 'node:crypto';`, 'makes random bytes'],
    ['sandbox/main.ts', 'const x = crypto.randomUUID();', 'makes random bytes'],
    ['src/payments/payment.ts', 'setTimeout(() => 1, 5);', 'sets a timer'],
    ['src/payments/payment.ts', 'await globalThis.fetch(url);', 'calls fetch'],
    ['src/app.ts', `const x = process.env['PORT'];`, 'reads the environment'],
  ])('%s: %s', (path, text, fault) => {
    expect(violations(readFacts(path, text)).join('\n')).toContain(fault);
  });
});

describe('what is allowed is not called a fault', () => {
  test.each([
    [
      'src/payments/payment-store.ts',
      `import type { Payment } from '../../prisma/generated/client.ts'; await deps.database.client.payment.count();`,
    ],
    ['src/rates/coingecko-client.ts', `import { request } from 'undici';`],
    ['src/webhooks/destination.ts', `import { isIP } from 'node:net'; import type { Socket } from 'node:net';`],
    ['src/lib/time.ts', 'const at = new Date(); setTimeout(() => 1, 5);'],
    [
      'src/payments/payment.ts',
      'const at = new Date(text); deps.fetch(url); const x = { fetch: 1, setTimeout: 2 }; type T = { fetch: string };',
    ],
    ['schema/payment.ts', `import type { Row } from '../src/payments/payment-store.ts';`],
    ['src/app.ts', `import { x } from '../sandbox/start-sandbox.ts'; import { y } from './payments/payment.ts';`],
    ['test/rules/any.test.ts', 'Date.now(); fetch(url);'],
  ])('%s: %s', (path, text) => {
    expect(violations(readFacts(path, text))).toEqual([]);
  });
});
