import { createConfiguration, type KubeConfig, type Middleware, ServerConfiguration } from '@kubernetes/client-node';

/** How the client library calls the cluster of a kubeconfig. Every call is over after `callMs`. */
export function clientConfiguration(config: KubeConfig, callMs: number): ReturnType<typeof createConfiguration> {
  const deadline: Middleware = {
    pre: async (request) => {
      request.setSignal(AbortSignal.timeout(callMs));
      return request;
    },
    post: async (response) => response,
  };
  return createConfiguration({
    baseServer: new ServerConfiguration(config.getCurrentCluster()?.server ?? '', {}),
    authMethods: { default: config },
    promiseMiddleware: [deadline],
  });
}
