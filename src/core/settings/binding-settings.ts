import { bindingFormat } from './binding-format.ts';
import type { SettingGroup } from './setting-declaration.ts';

/** Channels and queues that are bound to each other. */
export const bindingSettings = {
  bindings: {
    format: bindingFormat,
    default: [],
    doc: 'Bindings of channels and queues: what arrives on a channel goes into a queue, what is put into a queue is sent on a channel. [bindings.md](bindings.md) has all attributes.',
    source: 'kdmq',
    secret: false,
    reloadable: false,
  },
} satisfies SettingGroup<'bindings'>;
