import { formatNodeUri } from '../node-uri.ts';
import type { Binding, ItemKey, OutboundBinding } from './binding.ts';

/** Writes a binding with its defaults: `channel=x;queue=y;key=from`, `queue=z;channel=x;mode=broadcast;content_type=text/plain;…`. */
export function writeBinding(binding: Binding): string {
  const { channel, queue } = binding;
  if (binding.kind === 'inbound') return `channel=${channel};queue=${queue};key=${writtenKey(binding.key)}`;
  const { contentType, timeoutMs, retryMs, retryMaxMs, concurrency } = binding;
  return [
    `queue=${queue};channel=${channel};${writtenRecipients(binding)};content_type=${contentType}`,
    `timeout_ms=${timeoutMs};retry_ms=${retryMs};retry_max_ms=${retryMaxMs};concurrency=${concurrency}`,
  ].join(';');
}

function writtenKey(key: ItemKey): string {
  return key.kind === 'header' ? `header:${key.name}` : key.kind;
}

function writtenRecipients({ recipients }: OutboundBinding): string {
  switch (recipients.kind) {
    case 'all':
      return 'mode=broadcast';
    case 'key':
      return 'mode=send;target=key';
    case 'node':
      return `mode=send;target=${formatNodeUri(recipients.uri)}`;
  }
}
