import { describe, expect, it } from 'vitest';
import { labelName, subdomainName } from '../../../src/core/kubernetes/object-name.ts';

describe('a name in Kubernetes', () => {
  it.each(['a', '0', 'voice', 'kdmq-0', 'a--b', 'x'.repeat(63)])('a namespace may be called %s', (name) => {
    expect(labelName.isName(name)).toBe(true);
  });

  it.each(['', '../x', 'a/b', 'a.b', 'Voice', '-a', 'a-', 'a b', 'ä', 'a\n', 'x'.repeat(64)])(
    'no namespace is called %j',
    (name) => expect(labelName.isName(name)).toBe(false),
  );

  it.each(['kdmq-0', 'a.b', '10.0.0.1', 'x'.repeat(253)])('a pod may be called %s', (name) => {
    expect(subdomainName(253).isName(name)).toBe(true);
  });

  it.each(['', '.', '..', 'a..b', 'a.-b', 'a-.b', '.a', 'a.', 'a/b', 'a%2fb', 'x'.repeat(254)])(
    'no pod is called %j',
    (name) => expect(subdomainName(253).isName(name)).toBe(false),
  );
});
