import type { ObservedEndpoint, ObservedSlice } from '../../core/kubernetes/observed-pod.ts';
import { parseHost } from '../../core/node-uri.ts';
import { field, listField, textField } from './json-fields.ts';
import { sipPorts } from './read-pod.ts';

/** What counts of an EndpointSlice. With publishNotReadyAddresses `ready` is always true: `serving` and `terminating` tell. */
export function readEndpointSlice(object: unknown): ObservedSlice | undefined {
  const name = textField(field(object, 'metadata'), 'name');
  if (name === undefined) return undefined;
  const ports = sipPorts(listField(object, 'ports'), 'port');
  const endpoints = listField(object, 'endpoints').flatMap((one): ObservedEndpoint[] => {
    const conditions = field(one, 'conditions');
    // What is neither up nor going down is not up yet: DNS names it all the same.
    const terminating = field(conditions, 'terminating') === true;
    const hosts = listField(one, 'addresses').map((text) => (typeof text === 'string' ? parseHost(text) : undefined));
    return hosts.filter((host) => host !== undefined).map((host) => ({ host, ports, terminating }));
  });
  return { name, endpoints };
}
