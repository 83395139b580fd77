import type { Avopay } from '../support/avopay.ts';
import { serverAudits } from 'graphql-http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startAvopay } from '../support/avopay.ts';

let avopay: Avopay;
beforeAll(async () => {
  avopay = await startAvopay();
});
afterAll(() => avopay.stop());

/** The audits of the GraphQL-over-HTTP specification, run against the real server. Only MUSTs fail the build. */
for (const audit of serverAudits({ url: () => `${avopay.url}/graphql`, fetchFn: fetch })) {
  test(audit.name, async () => {
    const result = await audit.fn();
    expect(result.status === 'error' ? result.reason : 'conforms').toBe('conforms');
  });
}
