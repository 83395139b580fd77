import type { LogoUseCases } from '../schema/logo-use-cases.ts';
import type { ChangeLogoDeps } from './logos/change-logo.ts';
import { fileURLToPath } from 'node:url';
import { changeLogo } from './logos/change-logo.ts';
import { drawLogo } from './logos/draw-logo.ts';
import { findLogo } from './logos/logo-store.ts';

/** Runs unbuilt (`.ts`) and built (`.js`). */
const PROGRAM = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? './logo-process.ts' : './logo-process.js', import.meta.url));

/** The use cases of logos, bound. */
export function buildLogos(parts: Omit<ChangeLogoDeps, 'draw'>): LogoUseCases {
  const { now, random, database } = parts;
  const deps: ChangeLogoDeps = { now, random, database, draw: (picture) => drawLogo(PROGRAM, picture) };
  return {
    change: (asker, image) => changeLogo(deps, asker, image),
    find: (hash) => findLogo(database, hash),
  };
}
