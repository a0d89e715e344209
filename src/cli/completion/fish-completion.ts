import type { CompletedCommand, CompletedFlag } from './completed-commands.ts';

/** A script for fish, as `~/.config/fish/completions/kdmq.fish`. */
export function fishCompletion(commands: readonly CompletedCommand[]): string {
  const paths = commands.map(({ path }) => path).filter((path) => path !== '');
  return `# completion of kdmq in fish: kdmq completion fish > ~/.config/fish/completions/kdmq.fish
function __kdmq_at
  set -l path
  for word in (commandline -opc)[2..-1]
    set -l next (string join -- ' ' $path $word)
    if contains -- $next ${paths.map(quoted).join(' ')}
      set path $next
    end
  end
  test "$path" = "$argv[1]"
end
complete -c kdmq -f
${commands.flatMap(linesOf).join('')}`;
}

function linesOf({ path, commands, flags, choices, paths }: CompletedCommand): string[] {
  const at = `complete -c kdmq -n ${quoted(`__kdmq_at ${quoted(path)}`)}`;
  return [
    ...commands.map(({ name, summary }) => `${at} -a ${quoted(name)} -d ${quoted(summary)}\n`),
    ...(choices.length > 0 ? [`${at} -a ${quoted(choices.join(' '))}\n`] : []),
    ...(paths ? [`${at} -F\n`] : []),
    ...flags.map((flag) => `${at}${flagWords(flag)}\n`),
  ];
}

function flagWords({ names, summary, value, choices, path }: CompletedFlag): string {
  const forms = names.map((name) => (name.startsWith('--') ? ` -l ${name.slice(2)}` : ` -s ${name.slice(1)}`));
  const values = choices.length > 0 ? ` -x -a ${quoted(choices.join(' '))}` : path ? ' -r -F' : '';
  const needed = values === '' && value === 'needed' ? ' -x' : values;
  return `${forms.join('')}${needed} -d ${quoted(summary)}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
