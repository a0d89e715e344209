import type { CompletedCommand, CompletedFlag } from './completed-commands.ts';

/** A script for bash 4 and later, without the package bash-completion. */
export function bashCompletion(commands: readonly CompletedCommand[]): string {
  const paths = commands.map(({ path }) => path).filter((path) => path !== '');
  return `# completion of kdmq in bash: source <(kdmq completion bash)
_kdmq() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} path= i
  COMPREPLY=()
  # bash takes --flag=value apart
  if [[ $cur == '=' ]]; then cur=; elif [[ $prev == '=' ]]; then prev=\${COMP_WORDS[COMP_CWORD-2]}; fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "\${path:+$path }\${COMP_WORDS[i]}" in
      ${paths.map(quoted).join(' | ')}) path="\${path:+$path }\${COMP_WORDS[i]}" ;;
    esac
  done
  case "$path $prev" in
${commands.flatMap(valueCases).join('')}  esac
  local words= files=
  case "$path" in
${commands.map(wordCase).join('')}  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
  if [[ -n $files && $cur != -* ]]; then
    compopt -o filenames
    COMPREPLY+=($(compgen -f -- "$cur"))
  fi
}
complete -F _kdmq kdmq
`;
}

function valueCases({ path, flags }: CompletedCommand): string[] {
  const cases = (which: (flag: CompletedFlag) => boolean) =>
    flags.filter(which).flatMap(({ names }) => names.map((name) => quoted(`${path} ${name}`)));
  const files = cases((flag) => flag.path);
  const free = cases((flag) => flag.value === 'needed' && flag.choices.length === 0 && !flag.path);
  return [
    ...flags
      .filter(({ choices }) => choices.length > 0)
      .map(
        ({ names, choices }) =>
          `    ${names.map((name) => quoted(`${path} ${name}`)).join(' | ')}) COMPREPLY=($(compgen -W ${quoted(choices.join(' '))} -- "$cur")); return ;;\n`,
      ),
    ...(files.length === 0
      ? []
      : [`    ${files.join(' | ')}) compopt -o filenames; COMPREPLY=($(compgen -f -- "$cur")); return ;;\n`]),
    ...(free.length === 0 ? [] : [`    ${free.join(' | ')}) return ;;\n`]),
  ];
}

function wordCase({ path, commands, flags, choices, paths }: CompletedCommand): string {
  const names = flags.flatMap((flag) => flag.names);
  const words = [...commands.map(({ name }) => name), ...choices].join(' ');
  const files = paths ? '; files=yes' : '';
  return `    ${quoted(path)}) if [[ $cur == -* ]]; then words=${quoted(names.join(' '))}; else words=${quoted(words)}; fi${files} ;;\n`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
