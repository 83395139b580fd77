import type { ExportUseCases } from '../schema/export-use-cases.ts';
import type { ExportDeps } from './exports/export-account.ts';
import { lockAccount } from './accounts/api-key-store.ts';
import { exportAccount } from './exports/export-account.ts';

/** What an account takes with it. */
export function buildExports(parts: Omit<ExportDeps, 'lockAccount'>): ExportUseCases {
  const { database, now, random } = parts;
  return { read: (asker, after) => exportAccount({ database, now, random, lockAccount }, asker, after) };
}
