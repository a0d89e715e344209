/** A pod of a release of the chart, as a command that wants to speak with its node sees it. */
export interface NodePod {
  readonly name: string;
  /** The name of the release that it belongs to. */
  readonly release: string;
  /** It takes requests, and is not being deleted. */
  readonly ready: boolean;
  /** Where its HTTP is. */
  readonly port: number;
  readonly scheme: 'http' | 'https';
  /** The full name of the release, which names its Lease too. */
  readonly bus: string;
  /** The name of its service account. */
  readonly serviceAccount: string;
  /** The Secret of its tokens; undefined where there is none. */
  readonly tokenSecret: string | undefined;
}

/** Why none was chosen, in the words of whoever asked. */
export type NoNodePod =
  | { readonly why: 'none' }
  | { readonly why: 'unknown release' | 'several releases'; readonly releases: readonly string[] }
  | { readonly why: 'none ready'; readonly pods: readonly string[] };

/** The ready pod of a release with the first name. Without a release it has to be the only one. */
export function chooseNodePod(pods: readonly NodePod[], release: string | undefined): NodePod | NoNodePod {
  const releases = [...new Set(pods.map((pod) => pod.release))].sort();
  if (releases.length === 0) return { why: 'none' };
  if (release === undefined && releases.length > 1) return { why: 'several releases', releases };
  const own = pods.filter((pod) => pod.release === (release ?? releases[0]));
  if (own.length === 0) return { why: 'unknown release', releases };
  const [first] = own.filter(({ ready }) => ready).sort((a, b) => (a.name < b.name ? -1 : 1));
  return first ?? { why: 'none ready', pods: own.map(({ name }) => name).sort() };
}
