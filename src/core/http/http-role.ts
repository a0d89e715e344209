/** What a client may do over HTTP: look, or change things as well. */
export type HttpRole = 'read' | 'write';

/** What a route asks of its client: nothing, or a role. `page`: `read`, where links of other sites may lead. */
export type RouteNeed = 'open' | 'page' | HttpRole;

/** Whether a role is enough: write implies read. */
export function suffices(role: HttpRole | undefined, need: HttpRole): boolean {
  return role === 'write' || (role === 'read' && need === 'read');
}

/** The stronger of two. */
export function strongerRole(a: HttpRole | undefined, b: HttpRole | undefined): HttpRole | undefined {
  return a === 'write' || b === 'write' ? 'write' : (a ?? b);
}
