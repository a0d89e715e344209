import { open } from 'node:fs/promises';
import { whyUnreadable } from '../../core/why-unreadable.ts';

/** No configuration is longer; a device or a log file given by mistake is. */
const LONGEST_FILE = 1_048_576;

export type TextFile = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly problem: string };

/** Reads a file of UTF-8 text of at most 1 MiB. What went wrong continues the file's name: "does not exist". */
export async function readTextFile(path: string): Promise<TextFile> {
  try {
    await using file = await open(path, 'r');
    const stat = await file.stat();
    if (stat.isDirectory()) return { ok: false, problem: 'is a directory, not a file' };
    if (!stat.isFile()) return { ok: false, problem: 'is not a regular file' };
    if (stat.size > LONGEST_FILE) return { ok: false, problem: `is longer than ${LONGEST_FILE} bytes` };
    const bytes = await file.readFile();
    return { ok: true, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch (error) {
    return { ok: false, problem: whyUnreadable(error) };
  }
}
