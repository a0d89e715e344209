import { readFileSync, statSync } from 'node:fs';
import type { GivenSettings } from '../../core/settings/complete-settings.ts';
import { originOf, type SettingProblem, type SettingReading } from '../../core/settings/read-settings.ts';
import { credential } from '../../core/settings/store-formats.ts';
import { whyUnreadable } from '../../core/why-unreadable.ts';
import type { TextFile } from './read-text-file.ts';

export type PasswordReading =
  | { readonly ok: true; readonly password: string | undefined }
  | { readonly ok: false; readonly problem: SettingProblem };

/** The password of Redis, from `db_password_file` where that is set. Both it and `db_password` are one too many. */
export function passwordOf(given: GivenSettings, readings: ReadonlyMap<string, SettingReading>): PasswordReading {
  const { db_password, db_password_file } = given;
  if (db_password_file === undefined) return { ok: true, password: db_password };
  const file = db_password === undefined ? readPassword(db_password_file) : BOTH;
  if (file.ok) return { ok: true, password: file.text };
  const origin = originOf(readings, 'db_password_file');
  const expected = 'a file that holds the password in one line, and no db_password beside it';
  return {
    ok: false,
    problem: {
      setting: 'db_password_file',
      origin,
      shown: JSON.stringify(db_password_file),
      problem: file.problem,
      expected,
    },
  };
}

const BOTH = { ok: false, problem: 'is set, and db_password too' } as const;

/** No password is longer; a file given by mistake is. */
const LONGEST = 4096;

/** What stands in a file that holds a password and nothing else. Settings of a program are read at once, so this does not wait. */
export function readPassword(path: string): TextFile {
  try {
    const stat = statSync(path);
    if (stat.isDirectory()) return { ok: false, problem: 'is a directory, not a file' };
    if (!stat.isFile()) return { ok: false, problem: 'is not a regular file' };
    if (stat.size > LONGEST) return { ok: false, problem: `is longer than ${LONGEST} bytes` };
    const text = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
    const reading = credential('password').read(text.replace(/\r?\n$/, ''));
    return reading.ok ? { ok: true, text: reading.value } : reading;
  } catch (error) {
    return { ok: false, problem: whyUnreadable(error) };
  }
}
