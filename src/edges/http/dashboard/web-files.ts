import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

/** A file of the dashboard, ready to be sent. */
export interface WebFile {
  /** `/assets/main-x1.js`; `/` for the page. */
  readonly path: string;
  readonly mediaType: string;
  readonly bytes: Buffer;
  readonly gzipped: Buffer;
  /** A strong tag of the bytes, without quotes. */
  readonly tag: string;
  /** Its name holds a hash of what is in it: another content has another name. */
  readonly isForEver: boolean;
}

const mediaTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
};

/** Reads the dashboard as vite has built it. Empty when there is none. Rejects with what else keeps it from being read. */
export async function webFiles(folder: string): Promise<readonly WebFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(files.map((file) => webFile(folder, file)));
}

async function webFile(folder: string, file: string): Promise<WebFile> {
  const name = relative(folder, file).split(sep).join('/');
  const bytes = await readFile(file);
  return {
    path: name === 'index.html' ? '/' : `/${name}`,
    mediaType: mediaTypes[extname(name)] ?? 'application/octet-stream',
    bytes,
    gzipped: await promisify(gzip)(bytes, { level: 9 }),
    tag: createHash('sha256').update(bytes).digest('base64url').slice(0, 22),
    isForEver: name.startsWith('assets/'),
  };
}
