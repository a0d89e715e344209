import { messagePackets } from '../../../core/trace/message-packets.ts';
import { captureStart, statisticsBlock } from '../../../core/trace/pcapng-blocks.ts';
import { TcpStreams } from '../../../core/trace/tcp-streams.ts';
import type { TracedMessage } from '../../../core/trace/traced-message.ts';
import type { TraceTotals, TraceWriter } from './trace-writer.ts';

/** Connections whose sequence numbers a trace goes on with. */
const mostStreams = 4_096;

/** A trace as wireshark, tshark and tcpdump read it. */
export class PcapngWriter implements TraceWriter {
  readonly contentType = 'application/x-pcapng';
  readonly #application: string;
  readonly #streams = new TcpStreams(mostStreams);

  /** `application`: what the capture says that it was made by. */
  constructor(application: string) {
    this.#application = application;
  }

  start(): Uint8Array {
    return captureStart(this.#application);
  }

  message(message: TracedMessage): readonly Uint8Array[] {
    return messagePackets(message, this.#streams);
  }

  totals(time: number, { seen, dropped }: TraceTotals): Uint8Array {
    return statisticsBlock(time, seen, dropped);
  }
}
