import type { Request, Response } from 'express';
import type { Log } from './lib/log.ts';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

/** A built file, ready to be sent. */
export type WebFile = {
  readonly type: string;
  readonly body: Buffer;
  readonly gzip: Buffer;
  /** Subresource integrity, as it stands in a script element. */
  readonly integrity: string;
};

const TYPES: { readonly [extension: string]: string } = {
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** What `npm run build:web` made. */
export function builtFolder(): string {
  return join(projectRoot(), 'web', 'dist');
}

/** The release that runs, as its package.json says it. */
export function productVersion(): string {
  const { version }: { version: string } = JSON.parse(readFileSync(join(projectRoot(), 'package.json'), 'utf8'));
  return version;
}

/** From `src/` and from `dist/` alike: the nearest folder above that holds a package.json. */
function projectRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error('no package.json above the server');
    folder = parent;
  }
  return folder;
}

/** @param change what this server writes into the file before it is sent. @throws Error when it is not built. */
export function readWebFile(path: string, change: (text: string) => string = (text) => text): WebFile {
  const body = Buffer.from(change(readFileSync(path, 'utf8'))); // all of ours are texts
  const integrity = `sha384-${createHash('sha384').update(body).digest('base64')}`;
  return { type: TYPES[extname(path)] ?? 'application/octet-stream', body, gzip: gzipSync(body, { level: 9 }), integrity };
}

export function sendWebFile(request: Request, response: Response, file: WebFile | undefined, cache: string): void {
  response.set('x-content-type-options', 'nosniff');
  if (!file) {
    response.status(404).json({ error: 'Not found', code: 'not_found' });
    return;
  }
  response.set({ 'content-type': file.type, 'cache-control': cache, etag: `"${file.integrity.slice(7, 39)}"` });
  if (request.fresh) {
    response.status(304).end();
    return;
  }
  sendCompressed(request, response, file.body, () => file.gzip);
}

export function sendCompressed(request: Request, response: Response, body: Buffer, gzip: () => Buffer): void {
  response.set('vary', 'accept-encoding');
  const packed = request.acceptsEncodings('gzip') === 'gzip';
  if (packed) response.set('content-encoding', 'gzip');
  const bytes = packed ? gzip() : body;
  response.set('content-length', String(bytes.length)).end(bytes);
}

/** Loads at the first request, so that a server without built pages still serves its API. Null when it failed; tried again next time. */
export function loadedOnce<T>(load: () => Promise<T>, log: Log | undefined): () => Promise<T | null> {
  let loading: Promise<T> | undefined;
  return async () => {
    loading ??= load();
    try {
      return await loading;
    } catch (error) {
      loading = undefined;
      log?.error({ err: error }, 'the pages could not be loaded');
      return null;
    }
  };
}
