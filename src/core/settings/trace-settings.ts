import type { SettingGroup } from './setting-declaration.ts';
import { wholeNumber } from './setting-formats.ts';
import { captureServerFormat } from './trace-formats.ts';

/** Where all SIP messages are sent a second time. */
export const traceSettings = {
  duplicate_uri: {
    format: captureServerFormat,
    default: undefined,
    defaultText: 'none: nothing is captured',
    doc: 'The capture server (Homer, heplify) that gets a copy of each SIP message that is received or sent. A name is looked up again every 30 s. Bodies are contents: who can read there can read them.',
    deviation: 'HEP version 3 always (hep_mode_on 1, hep_version 3), by UDP, and no copies as plain SIP.',
    source: 'siptrace',
    secret: false,
    reloadable: true,
  },
  hep_capture_id: {
    format: wholeNumber({ min: 0, max: 4_294_967_295, unit: 'numbers' }),
    default: 1,
    doc: 'The number by which the capture server knows who sends.',
    source: 'siptrace',
    secret: false,
    reloadable: true,
  },
} satisfies SettingGroup<'duplicate_uri' | 'hep_capture_id'>;
