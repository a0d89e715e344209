import {
  ApiException,
  CoordinationV1Api,
  CustomObjectsApi,
  EventsV1Api,
  KubeConfig,
  type RequestContext,
} from '@kubernetes/client-node';
import { ClusterError } from '../../core/kubernetes/cluster-error.ts';
import { apiError } from './api-error.ts';
import { clientConfiguration } from './client-configuration.ts';

/** The parts of the client library that are used, with the service account of this pod. */
export interface ClientApis {
  readonly leases: CoordinationV1Api;
  readonly objects: CustomObjectsApi;
  readonly events: EventsV1Api;
}

/** A call must be over before its caller gives up on it. */
const callMs = 1_800;

/** Reads the credentials. `pathPrefix` stands before the paths under /var/run/secrets. */
export function clientApis(pathPrefix: string): ClientApis {
  const config = new KubeConfig();
  config.loadFromCluster(pathPrefix);
  const configuration = clientConfiguration(keptAlive(config), callMs);
  return {
    leases: new CoordinationV1Api(configuration),
    objects: new CustomObjectsApi(configuration),
    events: new EventsV1Api(configuration),
  };
}

/** The library makes a connection of its own for each call. The first one's is taken for all. */
function keptAlive(config: KubeConfig): KubeConfig {
  let first: ReturnType<RequestContext['getDispatcher']>;
  const apply = config.applySecurityAuthentication.bind(config);
  config.applySecurityAuthentication = async (context) => {
    await apply(context);
    first ??= context.getDispatcher();
    if (first !== undefined) context.setDispatcher(first);
  };
  return config;
}

/** What the library throws, as the port has it: its message holds all headers, its body is JSON as a text. */
export function clientError(what: string, cause: unknown): ClusterError {
  if (!(cause instanceof ApiException)) {
    const detail = cause instanceof Error ? `${cause.message} ${String(cause.cause ?? '')}`.trim() : String(cause);
    return new ClusterError('UNREACHABLE', `${what}: ${detail}`);
  }
  return apiError(what, cause.code, bodyOf(cause), cause.headers['retry-after']);
}

function bodyOf({ body }: ApiException<unknown>): unknown {
  try {
    return typeof body === 'string' ? JSON.parse(body) : body;
  } catch {
    return undefined;
  }
}
