import type { CompletedCommand, CompletedFlag } from './completed-commands.ts';

/** A function for zsh, as a file `_kdmq` in a folder of `fpath`, or sourced after compinit. */
export function zshCompletion(commands: readonly CompletedCommand[]): string {
  const paths = commands.map(({ path }) => path).filter((path) => path !== '');
  return `#compdef kdmq
# completion of kdmq in zsh: kdmq completion zsh > "\${fpath[1]}/_kdmq"
_kdmq() {
  local path_= word prev=\${words[CURRENT-1]}
  local -a entries
  for word in \${words[2,CURRENT-1]}; do
    case "\${path_:+$path_ }$word" in
      (${paths.map(quoted).join('|')}) path_="\${path_:+$path_ }$word" ;;
    esac
  done
  case "$path_ $prev" in
${commands.flatMap(valueCases).join('')}  esac
  case "$path_" in
${commands.map(wordCase).join('')}  esac
}
if [ "$funcstack[1]" = _kdmq ]; then _kdmq; else compdef _kdmq kdmq; fi
`;
}

function valueCases({ path, flags }: CompletedCommand): string[] {
  return flags.flatMap(({ names, choices, path: isPath, value }) => {
    const label = `    (${names.map((name) => quoted(`${path} ${name}`)).join('|')})`;
    if (choices.length > 0) return [`${label} compadd -- ${choices.map(quoted).join(' ')}; return ;;\n`];
    if (isPath) return [`${label} _files; return ;;\n`];
    return value === 'needed' ? [`${label} return ;;\n`] : [];
  });
}

function wordCase({ path, commands, flags, choices, paths }: CompletedCommand): string {
  const words = commands.map(({ name, summary }) => entry(name, summary));
  const named = [
    words.length === 0 ? '' : `entries=(${words.join(' ')}); _describe command entries`,
    choices.length === 0 ? '' : `compadd -- ${choices.map(quoted).join(' ')}`,
    paths ? '_files' : '',
  ].filter((part) => part !== '');
  const otherwise = named.length === 0 ? ':' : named.join('; ');
  return `    (${quoted(path)}) if [[ $PREFIX == -* ]]; then entries=(${flags.flatMap(flagEntries).join(' ')}); _describe flag entries; else ${otherwise}; fi ;;\n`;
}

function flagEntries({ names, summary }: CompletedFlag): string[] {
  return names.map((name) => entry(name, summary));
}

/** `name:what it does`, with the colons of the name escaped. */
function entry(name: string, summary: string): string {
  return quoted(`${name.replaceAll(':', '\\:')}:${summary}`);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
