import { fileURLToPath } from 'node:url';

/** Where `make build` puts the dashboard: beside the compiled code, in the image and in the npm package too. */
export const dashboardFolder: string = fileURLToPath(new URL('../../../dist/web/', import.meta.url));
