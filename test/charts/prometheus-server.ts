import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { GuardedProcess } from '../guarded-process.ts';
import { ask } from '../http-request.ts';

/** One series of an answer, with the value at its end. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Who is asked for metrics, and the labels that all that comes from there gets. */
export interface ScrapeTarget {
  /** `127.0.0.1:8080` */
  readonly address: string;
  readonly labels: Readonly<Record<string, string>>;
}

const port = 9090;
const startMs = 30_000;

/** A real Prometheus that asks every second. `await using` ends it with the test. */
export class PrometheusServer {
  readonly #url: string;
  readonly #process: GuardedProcess;

  private constructor(url: string, process: GuardedProcess) {
    this.#url = url;
    this.#process = process;
  }

  /** On port 9090 of an address that nobody else uses. Resolves when it is ready. */
  static async start(address: string, job: string, targets: readonly ScrapeTarget[]): Promise<PrometheusServer> {
    const folder = mkdtempSync(join(tmpdir(), 'kdmq-prometheus-'));
    const file = join(folder, 'prometheus.yml');
    const configs = targets.map(({ address: target, labels }) => ({ targets: [target], labels }));
    const scrape = { job_name: job, static_configs: configs };
    // JSON is YAML too.
    writeFileSync(file, JSON.stringify({ global: { scrape_interval: '1s' }, scrape_configs: [scrape] }));
    const lines: string[] = [];
    const args = [`--config.file=${file}`, `--storage.tsdb.path=${join(folder, 'data')}`];
    const started = await GuardedProcess.start('prometheus', [...args, `--web.listen-address=${address}:${port}`], {
      folder,
      onLine: (line) => lines.push(line),
    });
    const server = new PrometheusServer(`http://${address}:${port}`, started);
    const deadline = performance.now() + startMs;
    while (!(await server.#isReady())) {
      if (started.running && performance.now() < deadline) await after(50);
      else {
        await started.kill();
        throw new Error(`Prometheus did not start:\n${lines.slice(-20).join('\n')}`);
      }
    }
    return server;
  }

  /** The series of a query at this moment. Throws what Prometheus complains of. */
  async query(expression: string): Promise<Series[]> {
    const result = (await this.#get(`query?query=${encodeURIComponent(expression)}`)) as {
      readonly result: readonly { readonly metric: Record<string, string>; readonly value: [number, string] }[];
    };
    return result.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
  }

  /** The values of a label in the series of a selector: `label_values` of Grafana. */
  async labelValues(label: string, selector: string): Promise<string[]> {
    return (await this.#get(`label/${label}/values?match[]=${encodeURIComponent(selector)}`)) as string[];
  }

  async #get(path: string): Promise<unknown> {
    const answer = (await ask(`${this.#url}/api/v1/${path}`)).json<{ data?: unknown; error?: string }>();
    if (answer.error !== undefined) throw new Error(`${path}: ${answer.error}`);
    return answer.data;
  }

  async #isReady(): Promise<boolean> {
    return ask(`${this.#url}/-/ready`).then(
      ({ status }) => status === 200,
      () => false,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.kill();
  }
}
