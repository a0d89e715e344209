/** What a context of kubectl leads to, as far as it matters for how an image gets into that cluster. */
export type ClusterKind =
  | { readonly kind: 'kind'; readonly cluster: string }
  | { readonly kind: 'minikube'; readonly profile: string }
  | { readonly kind: 'other' };

/** The part of `kubectl config view --minify --output json` that tells minikube's clusters. */
export interface KubeconfigView {
  readonly contexts?: readonly { readonly context?: WithExtensions }[] | null;
  readonly clusters?: readonly { readonly cluster?: WithExtensions }[] | null;
}

interface WithExtensions {
  readonly extensions?: readonly { readonly extension?: { readonly provider?: string } }[] | null;
}

const minikubeProvider = 'minikube.sigs.k8s.io';

/** kind begins the names of its contexts with `kind-`; minikube signs what it writes, and names the context as its profile. */
export function clusterKind(context: string, { contexts, clusters }: KubeconfigView): ClusterKind {
  const written = [...(contexts ?? []).map(({ context: c }) => c), ...(clusters ?? []).map(({ cluster }) => cluster)];
  const providers = written.flatMap((part) => (part?.extensions ?? []).map(({ extension }) => extension?.provider));
  if (providers.includes(minikubeProvider)) return { kind: 'minikube', profile: context };
  const [, cluster] = /^kind-(.+)$/.exec(context) ?? [];
  return cluster === undefined ? { kind: 'other' } : { kind: 'kind', cluster };
}
