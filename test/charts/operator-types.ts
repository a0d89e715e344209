import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Certificate } from '@kubernetes-models/cert-manager/cert-manager.io/v1/Certificate';
import { PrometheusRule } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule';
import { ServiceMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor';
import type { Manifest } from './helm.ts';

const models = { Certificate, PrometheusRule, ServiceMonitor };
const modules: Readonly<Record<string, string>> = {
  Certificate: '@kubernetes-models/cert-manager/cert-manager.io/v1/Certificate',
  PrometheusRule: '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule',
  ServiceMonitor: '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor',
};

const project = join(import.meta.dirname, '../..');

/** Whether an object is of a kind that not Kubernetes but an operator defines. */
export function ofAnOperator({ apiVersion }: Manifest): boolean {
  return ['monitoring.coreos.com/v1', 'cert-manager.io/v1'].includes(apiVersion);
}

/**
 * What is wrong with objects of operators, empty when nothing is. Their models check values but overlook fields that
 * they don't know; the compiler does not.
 */
export function operatorComplaints(objects: readonly Manifest[]): string {
  if (objects.length === 0) return '';
  const statements = objects.map((object) => {
    const { apiVersion, kind, ...rest } = object;
    const model = models[kind as keyof typeof models];
    if (model === undefined) throw new Error(`no model of ${kind} is installed`);
    new model(rest as never).validate();
    return `import { ${kind} } from '${modules[kind]}';\nnew ${kind}(${JSON.stringify(rest)});\n`;
  });
  const folder = mkdtempSync(join(project, 'node_modules/.operator-types-'));
  try {
    const file = join(folder, 'objects.ts');
    writeFileSync(file, statements.join(''));
    const options = ['--noEmit', '--skipLibCheck', '--target', 'esnext', '--module', 'nodenext', '--ignoreConfig'];
    const { stdout } = spawnSync('tsc', [...options, file], { cwd: folder, encoding: 'utf8' });
    return stdout;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
