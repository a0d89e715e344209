/** Why the process ended, as `sysexits.h` numbers it where it has a number. A second signal ends with 128 + signal. */
export const EXIT_CODES = {
  ok: 0,
  usage: 2,
  data: 65,
  missing: 66,
  unavailable: 69,
  software: 70,
  listen: 71,
  output: 73,
  unsaved: 74,
  grace: 75,
  again: 75,
  refused: 77,
  config: 78,
} as const;

/** Those of all commands. */
export const EXIT_CODE_HELP = `
Exit codes, of which kdmq COMMAND --help has those of one command:
  0    all went well; after SIGTERM or SIGINT: stopped within shutdown_grace
  2    the command line can't be understood
  65   what was read is wrong: lines to import, what lies in the store, a file of tokens or certificates; or it is too large
  66   there is no such node, queue, partition, item, table, file or folder
  69   a node or the store is not reached, or does not answer as it should
  70   an error in the program (please report it)
  71   a socket could not be bound
  73   the output can't be written
  74   queues could not be brought into their store at the stop
  75   the stop took longer than shutdown_grace; or the queue was saved while it was read: run it again
  77   refused: by who you are, or by how things stand
  78   the configuration is wrong
  128+n ended at once by a second signal n, or called off by signal n`;

/** The table for the help of `kdmq start`. */
export const START_EXIT_CODE_HELP = `
Exit codes:
  0    all went well; after SIGTERM or SIGINT: stopped within shutdown_grace
  2    the command line can't be understood
  70   an error in the program (please report it with the log)
  71   a socket could not be bound
  74   queues could not be brought into their store; the log names them, and whether they are in the spill or lost
  75   the stop took longer than shutdown_grace
  78   the configuration is wrong
  128+n ended at once by a second signal n`;

/** The same for `kdmq queue`. */
export const QUEUE_EXIT_CODE_HELP = `
Exit codes:
  0    all went well
  2    the command line can't be understood
  65   what was read is wrong: lines to import, or what lies in the store
  66   there is no such queue, partition, table, file or folder
  69   the store can't be used: it is not reached, or it refuses
  70   an error in the program (please report it)
  73   the output can't be written
  75   the queue was saved while it was read: run it again
  77   refused, because of a node that is alive or of who you are
  78   the configuration is wrong
  128+n called off by signal n`;

/** The same for the commands that speak with nodes. */
export const NODE_EXIT_CODE_HELP = `
Exit codes:
  0    all went well
  2    the command line can't be understood
  69   a node is not reached, or does not answer as it should
  70   an error in the program (please report it)
  71   a socket could not be bound
  73   the output can't be written
  78   the configuration is wrong
  128+n called off by signal n`;

/** The same for `kdmq import`. */
export const IMPORT_EXIT_CODE_HELP = `
Exit codes:
  0    a configuration was printed, whether or not something was left out
  2    the command line can't be understood
  65   nothing in the file could be taken over
  66   there is no such file, or it can't be read
  70   an error in the program (please report it)
  73   the output can't be written`;

/** The same for the commands that speak with a running node over HTTP. */
export const API_EXIT_CODE_HELP = `
Exit codes:
  0    all went well
  2    the command line can't be understood, or the node does not understand what is asked
  65   it is too large, or a file holds no token, certificate or key
  66   there is no such node, queue, item or file
  69   the node is not reached or can't do it now; a node of the bus did not answer with 2xx
  70   an error in the program (please report it)
  73   the output can't be written
  77   refused: by who you are, or by how things stand
  128+n called off by signal n`;
