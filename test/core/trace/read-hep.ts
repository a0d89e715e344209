/** What a capture server makes of a packet of HEP version 3. */
export interface HepMessage {
  readonly family: number;
  readonly protocol: number;
  readonly source: string;
  readonly destination: string;
  /** Microseconds since 1970. */
  readonly time: number;
  readonly kind: number;
  readonly captureId: number;
  readonly correlationId: string | undefined;
  readonly payload: string;
}

/** Reads a packet by the tables of the HEP/EEP document. Throws for what is none. */
export function readHep(packet: Buffer): HepMessage {
  if (packet.toString('latin1', 0, 4) !== 'HEP3' || packet.readUInt16BE(4) !== packet.length)
    throw new Error('no HEP3');
  const chunks = new Map<number, Buffer>();
  for (let at = 6; at < packet.length; ) {
    const length = packet.readUInt16BE(at + 4);
    if (packet.readUInt16BE(at) !== 0 || length < 6 || at + length > packet.length)
      throw new Error(`no chunk at ${at}`);
    chunks.set(packet.readUInt16BE(at + 2), packet.subarray(at + 6, at + length));
    at += length;
  }
  const chunk = (type: number): Buffer => {
    const found = chunks.get(type);
    if (found === undefined) throw new Error(`no chunk of type ${type}`);
    return found;
  };
  const isIpv4 = chunk(1).readUInt8() === 2;
  const end = (address: number, port: number) =>
    `${chunk(address + (isIpv4 ? 0 : 2)).toString('hex')}:${chunk(port).readUInt16BE()}`;
  return {
    family: chunk(1).readUInt8(),
    protocol: chunk(2).readUInt8(),
    source: end(3, 7),
    destination: end(4, 8),
    time: chunk(9).readUInt32BE() * 1_000_000 + chunk(10).readUInt32BE(),
    kind: chunk(11).readUInt8(),
    captureId: chunk(12).readUInt32BE(),
    correlationId: chunks.get(17)?.toString(),
    payload: chunk(15).toString('latin1'),
  };
}
