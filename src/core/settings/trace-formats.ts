import { formatHostPort, formatNodeUri, type NodeUri, parseNodeUri } from '../node-uri.ts';
import { kindOf, right, type SettingFormat, wrong } from './setting-format.ts';

/** Where capture servers usually listen. */
const HEP_PORT = 9060;

/** A capture server: a SIP URI with a name or an address, and the port, reached by UDP. */
export const captureServerFormat: SettingFormat<NodeUri> = {
  type: 'SIP URI',
  expected: `a SIP URI with the host and the UDP port of a capture server, for example sip:10.1.2.3:${HEP_PORT} or sip:heplify.monitoring.svc:${HEP_PORT}`,
  placeholder: 'uri',
  schema: { type: 'string', pattern: '^\\s*[sS][iI][pP]:' },
  read(raw) {
    if (typeof raw !== 'string') return wrong(`is ${kindOf(raw)}`);
    const text = raw.trim();
    const uri = parseNodeUri(text);
    if (uri === undefined) {
      const [, host] = /^(?:(?:udp|hep):(?:\/\/)?)?([^\s:/]+:\d+)$/i.exec(text) ?? [];
      return wrong('is not a SIP URI', host === undefined ? undefined : `sip:${host}`);
    }
    if (uri.transport !== 'udp') return wrong(`names ${uri.transport}: HEP is sent by UDP`);
    if (!/:\d+(?:;.*)?$/.test(text)) {
      return wrong('has no port', `sip:${formatHostPort({ host: uri.host, port: HEP_PORT })}`);
    }
    return right(uri);
  },
  write: formatNodeUri,
};
