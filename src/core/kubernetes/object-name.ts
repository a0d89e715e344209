/** A kind of name in Kubernetes (RFC 1123), and what it has to look like, in words. */
export interface NameRule {
  readonly isName: (text: string) => boolean;
  readonly expected: string;
}

const LABEL = '[a-z0-9](?:[-a-z0-9]*[a-z0-9])?';
const ENDS = 'a letter or digit at both ends';

/** Names of namespaces: one label. */
export const labelName: NameRule = {
  isName: (text) => text.length <= 63 && new RegExp(`^${LABEL}$`).test(text),
  expected: `1 to 63 lower-case letters, digits and -, with ${ENDS}`,
};

/** Names of most objects: labels with dots between. Helm leaves room for what charts put behind those of releases. */
export function subdomainName(longest: number): NameRule {
  return {
    isName: (text) => text.length <= longest && new RegExp(`^${LABEL}(?:\\.${LABEL})*$`).test(text),
    expected: `1 to ${longest} lower-case letters, digits, - and ., with ${ENDS} and on both sides of each dot`,
  };
}
