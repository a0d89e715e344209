import { InvalidArgumentError } from 'commander';

export interface NumberBounds {
  readonly min: number;
  readonly max: number;
  /** Only whole numbers. */
  readonly whole?: boolean;
}

/** Reads the number of an option; another one ends the command with what would be right. */
export function numberOption({ min, max, whole = false }: NumberBounds): (text: string) => number {
  return (text) => {
    const number = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
    if (number >= min && number <= max && (!whole || Number.isInteger(number))) return number;
    throw new InvalidArgumentError(
      `It has to be a ${whole ? 'whole ' : ''}number from ${min} to ${max.toLocaleString('en')}.`,
    );
  };
}
