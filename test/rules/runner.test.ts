import { expect, test } from 'vitest';
import config from '../../vitest.config.ts';

test('a test that claims nothing fails', () => {
  expect(config).toMatchObject({ test: { expect: { requireAssertions: true } } });
});
