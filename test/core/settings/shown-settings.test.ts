import { expect, it } from 'vitest';
import type { Origin } from '../../../src/core/settings/read-settings.ts';
import { settingsByName, shownSettings } from '../../../src/core/settings/shown-settings.ts';
import { defaultSettings } from '../../bus/virtual-bus.ts';

const origins = new Map<string, Origin>([['ping_interval', { kind: 'variable', name: 'KDMQ_PING_INTERVAL' }]]);
const byName = settingsByName(shownSettings({ ...defaultSettings, db_password: 'geheim' }, origins));

it('settings are shown with their sources, as they are written', () => {
  expect(byName).toMatchObject({
    ping_interval: { value: 10, source: expect.stringContaining('KDMQ_PING_INTERVAL') },
    server_address: { value: 'sip:10.0.0.1:5060', source: 'default' },
    db_url: { value: null, source: 'default' },
  });
});

it('secrets are not', () => {
  expect(byName).toMatchObject({ db_password: { value: '(hidden)' } });
  expect(JSON.stringify(byName)).not.toContain('geheim');
});
