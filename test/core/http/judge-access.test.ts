import { describe, expect, it } from 'vitest';
import type { AccessMode } from '../../../src/core/http/access-mode.ts';
import type { RouteNeed } from '../../../src/core/http/http-role.ts';
import { type Caller, judgeAccess } from '../../../src/core/http/judge-access.ts';

const program = {
  method: 'POST',
  host: '127.0.0.1:8080',
  origin: undefined,
  site: undefined,
  mode: undefined,
  dest: undefined,
};
const ofOtherSite = { ...program, origin: 'http://evil.example', site: 'cross-site' };
const followed = { ...program, method: 'GET', site: 'cross-site', mode: 'navigate', dest: 'document' };

type Case = [what: string, mode: AccessMode, need: RouteNeed, caller: Partial<Caller>, verdict: string | undefined];

const cases: readonly Case[] = [
  ['health, always', 'unset', 'open', {}, undefined],
  ['health, without the certificate that all else needs', 'guarded', 'open', { certificate: 'missing' }, undefined],
  ['a program of this machine', 'local', 'write', {}, 'write'],
  ['a page of another site at this machine', 'local', 'write', { headers: ofOtherSite }, 'cross_site'],
  ['a name that leads here', 'local', 'read', { headers: { ...program, host: 'evil.example' } }, 'host'],
  ['anybody, when that is said', 'open', 'write', { headers: { ...program, host: 'kdmq.example' } }, 'write'],
  ['a page of another site, all the same', 'open', 'write', { headers: ofOtherSite }, 'cross_site'],
  ['a link of another site to a page', 'local', 'page', { headers: followed }, 'write'],
  [
    'a link of another site to a page, with a certificate',
    'guarded',
    'page',
    { certificate: 'read', headers: followed },
    'read',
  ],
  ['a link of another site to what is none', 'local', 'read', { headers: followed }, 'cross_site'],
  ['a page without a token', 'guarded', 'page', {}, 'no_token'],
  ['nothing says who', 'unset', 'read', {}, 'unset'],
  ['nothing says who, with a token that means nothing', 'unset', 'read', { token: 'wrong' }, 'unset'],
  ['no token', 'guarded', 'read', {}, 'no_token'],
  ['a wrong token', 'guarded', 'read', { token: 'wrong' }, 'wrong_token'],
  ['read to read', 'guarded', 'read', { token: 'read' }, 'read'],
  ['read to write', 'guarded', 'write', { token: 'read' }, 'role'],
  ['write to read', 'guarded', 'read', { token: 'write' }, 'write'],
  ['write to write', 'guarded', 'write', { token: 'write' }, 'write'],
  ['a token with a page of another site', 'guarded', 'write', { token: 'write', headers: ofOtherSite }, 'write'],
  ['a token of somebody without a role', 'guarded', 'read', { token: 'unnamed' }, 'unnamed_token'],
  ['no certificate', 'guarded', 'read', { certificate: 'missing' }, 'no_certificate'],
  ['no certificate, with a token', 'guarded', 'read', { certificate: 'missing', token: 'write' }, 'no_certificate'],
  ['a certificate', 'guarded', 'read', { certificate: 'read' }, 'read'],
  ['a certificate that is not enough', 'guarded', 'write', { certificate: 'read' }, 'role'],
  ['a certificate and a stronger token', 'guarded', 'write', { certificate: 'read', token: 'write' }, 'write'],
  ['a certificate and a weaker token', 'guarded', 'write', { certificate: 'write', token: 'read' }, 'write'],
  ['a certificate and a wrong token', 'guarded', 'read', { certificate: 'write', token: 'wrong' }, 'wrong_token'],
  [
    'a certificate and a token without a role',
    'guarded',
    'read',
    { certificate: 'write', token: 'unnamed' },
    'unnamed_token',
  ],
  [
    'a certificate in a browser on another site',
    'guarded',
    'read',
    { certificate: 'read', headers: ofOtherSite },
    'cross_site',
  ],
];

describe('a request is judged by what its client shows', () => {
  it.each(cases)('%s (%s, %s)', (_, mode, need, caller, wanted) => {
    const verdict = judgeAccess(mode, need, { token: undefined, certificate: undefined, headers: program, ...caller });
    expect('refusal' in verdict ? verdict.refusal : verdict.role).toBe(wanted);
  });
});
