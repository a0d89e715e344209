import { bindingSettings } from './binding-settings.ts';
import { busSettings } from './bus-settings.ts';
import { httpSettings } from './http-settings.ts';
import { kubernetesSettings } from './kubernetes-settings.ts';
import { processSettings } from './process-settings.ts';
import { queueSettings } from './queue-settings.ts';
import type { SettingDeclaration, SettingGroup, SettingName } from './setting-declaration.ts';
import { sipSettings } from './sip-settings.ts';
import { tlsSettings } from './tls-settings.ts';
import { traceSettings } from './trace-settings.ts';

/** A part of the reference. */
export interface SettingSection {
  readonly title: string;
  readonly settings: Readonly<Record<string, SettingDeclaration>>;
}

/** All settings by group, in the order of the reference. */
export const SETTING_SECTIONS: readonly SettingSection[] = [
  { title: 'The bus', settings: busSettings },
  { title: 'SIP', settings: sipSettings },
  { title: 'TLS', settings: tlsSettings },
  { title: 'Queues', settings: queueSettings },
  { title: 'Bindings', settings: bindingSettings },
  { title: 'SIP trace', settings: traceSettings },
  { title: 'HTTP', settings: httpSettings },
  { title: 'Kubernetes', settings: kubernetesSettings },
  { title: 'The process', settings: processSettings },
];

/** All settings. The compiler sees to it that each one of `Settings` has its declaration. */
export const SETTING_DECLARATIONS: SettingGroup<SettingName> = {
  ...busSettings,
  ...sipSettings,
  ...tlsSettings,
  ...queueSettings,
  ...bindingSettings,
  ...traceSettings,
  ...httpSettings,
  ...kubernetesSettings,
  ...processSettings,
};

export const SETTING_NAMES = Object.keys(SETTING_DECLARATIONS) as readonly SettingName[];
