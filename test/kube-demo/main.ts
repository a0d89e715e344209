/** `make kube-demo` and `make kube-demo-down`. Exit code 0 only when every step held. */
import process from 'node:process';
import { painter } from '../demo/table.ts';
import { playKubeDemo, removeKubeDemo } from './kube-demo.ts';
import { TargetUnusable } from './target.ts';

const named = (name: string): string | undefined => process.env[name] || undefined;
const colour = process.stdout.isTTY === true && !process.env.NO_COLOR;
const print = (line: string) => process.stdout.write(`${line}\n`);
process.stdout.on('error', () => {}); // a reader that has gone away, as `make kube-demo | head`

const options = {
  context: named('CONTEXT'),
  image: named('IMAGE'),
  kamailioImage: named('KAMAILIO_IMAGE'),
  print,
  paint: painter(colour),
};
try {
  if (process.argv[2] === 'down') await removeKubeDemo(options);
  else if (!(await playKubeDemo(options))) process.exitCode = 1;
} catch (error) {
  if (!(error instanceof TargetUnusable)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
