import { InvalidArgumentError, Option } from 'commander';
import type { NameRule } from '../../core/kubernetes/object-name.ts';

/** An option that takes a name of Kubernetes. What is none would lead elsewhere in the URL of a request, so it ends the command before one is made. */
export function nameOption(flags: string, what: string, { isName, expected }: NameRule): Option {
  return new Option(flags, what).argParser((text) => {
    if (isName(text)) return text;
    throw new InvalidArgumentError(`That is no name in Kubernetes: ${expected}.`);
  });
}
