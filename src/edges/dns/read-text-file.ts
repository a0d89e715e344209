import { open } from 'node:fs/promises';

/**
 * The start of a small text file, at most `maxBytes`. A file that is not there is empty; what else goes wrong, or is
 * cut off, becomes a line in `errors`. Never rejects.
 */
export async function readTextFile(path: string, maxBytes: number, errors: string[]): Promise<string> {
  try {
    await using file = await open(path, 'r');
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(maxBytes + 1), position: 0 });
    if (bytesRead > maxBytes) errors.push(`${path}: only the first ${maxBytes} bytes were read`);
    return buffer.toString('utf8', 0, Math.min(bytesRead, maxBytes));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'ENOENT') errors.push(`${path}: ${String(code ?? error)}`);
    return '';
  }
}
