import { describe, expect, it } from 'vitest';
import { changeSettings } from '../../../src/core/settings/change-settings.ts';
import { completeSettings, type GivenSettings } from '../../../src/core/settings/complete-settings.ts';
import { SETTING_DECLARATIONS, SETTING_NAMES } from '../../../src/core/settings/setting-declarations.ts';
import type { Settings } from '../../../src/core/settings.ts';

const defaults = Object.fromEntries(SETTING_NAMES.map((name) => [name, SETTING_DECLARATIONS[name].default]));
const environment = { POD_IP: '10.0.0.1', POD_NAME: 'kdmq-0' };
const running = completeSettings(defaults as unknown as GivenSettings, new Map(), { environment }).settings as Settings;

describe('changed settings', () => {
  it('are none when nothing changed', () => {
    expect(changeSettings(running, structuredClone(running))).toMatchObject({ applied: [], needRestart: [] });
  });

  it('take effect at once where they can, the others wait for a restart', () => {
    const next: Settings = { ...running, ping_interval: 3, admission: { kind: 'open' }, max_connections: 9 };
    expect(changeSettings(running, next)).toEqual({
      settings: { ...running, ping_interval: 3, admission: { kind: 'open' } },
      applied: ['ping_interval', 'admission'],
      needRestart: ['max_connections'],
    });
  });

  it('are reloadable exactly as the reference promises', () => {
    expect(SETTING_NAMES.filter((name) => SETTING_DECLARATIONS[name].reloadable).sort()).toEqual([
      'admission',
      'duplicate_uri',
      'fail_count_enabled',
      'fail_count_threshold_disabled',
      'fail_count_threshold_not_active',
      'hep_capture_id',
      'log_level',
      'multi_notify',
      'notification_address',
      'num_workers',
      'ping_interval',
      'probe_interval',
      'remove_inactive',
      'shutdown_grace',
      'worker_queue',
    ]);
  });
});
