/**
 * Checks the layers (.dependency-cruiser.json) of the project in the working directory. The number of modules read is
 * compared with the number of files on disk: with a compiler that dependency-cruiser can't use it reads nothing and
 * calls that a success.
 */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { cruise, type ICruiseResult } from 'dependency-cruiser';

const roots = ['src', 'test', 'examples', 'web'].filter((folder) => existsSync(folder));
const files = roots.flatMap((folder) => globSync(`${folder}/**/*.{ts,tsx}`));
const { forbidden, options } = JSON.parse(readFileSync('.dependency-cruiser.json', 'utf8'));

const { output } = await cruise(roots, { ...options, ruleSet: { forbidden }, validate: true });
const { modules, summary } = output as ICruiseResult;

const read = new Set(modules.map((module) => module.source));
const unread = files.filter((file) => !read.has(file));
const drawers = files.filter((file) => /(^|\/)(utils?|helpers?|commons?)\//.test(file));

for (const { rule, from, to } of summary.violations) console.error(`layers: ${rule.name}: ${from} → ${to}`);
for (const file of unread) console.error(`layers: ${file} was not read`);
for (const file of drawers) console.error(`layers: ${file}: a folder's name says what is in it`);

const wrong = summary.violations.length + unread.length + drawers.length + (files.length === 0 ? 1 : 0);
console.log(`layers: ${files.length - unread.length} of ${files.length} modules read, ${wrong} wrong`);
process.exitCode = wrong === 0 ? 0 : 1;
