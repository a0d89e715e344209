import process from 'node:process';

/** The image under test, as the pods of the cluster find it; `make e2e` builds it and says its name. */
export const image = process.env.E2E_IMAGE ?? 'localhost/kdmq:e2e';

/** Its name in the two parts that the chart's values have. */
export function imageParts(reference: string): { readonly repository: string; readonly tag: string } {
  const colon = reference.lastIndexOf(':');
  return { repository: reference.slice(0, colon), tag: reference.slice(colon + 1) };
}
