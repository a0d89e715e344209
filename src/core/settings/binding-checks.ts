import { bindingProblems } from '../bindings/binding-problems.ts';
import type { Settings } from '../settings.ts';
import { bindingDetail } from './binding-format.ts';
import { originOf, type SettingProblem, type SettingReading } from './read-settings.ts';

type BindingSettings = Pick<Settings, 'bindings' | 'mqueue' | 'notification_channel'>;

/** What bindings say against each other and against the queues. */
export function bindingSettingProblems(
  { bindings, mqueue, notification_channel: notificationChannel }: BindingSettings,
  readings: ReadonlyMap<string, SettingReading>,
): readonly SettingProblem[] {
  const origin = originOf(readings, 'bindings');
  const problems = bindingProblems(bindings, { queues: mqueue, notificationChannel });
  return problems.map((problem) => ({ setting: 'bindings', origin, ...bindingDetail(problem) }));
}
