// Hono: `app.use('/fhir/*', honoMiddleware(gateway))`, on any runtime that Hono runs on.
import type { Handler } from './internal/handler.js';

/** What this needs of Hono's `Context`. */
export interface HonoContext {
  readonly req: { readonly raw: Request };
  readonly env: unknown;
  readonly executionCtx: { waitUntil(work: Promise<unknown>): void };
}

export interface HonoOptions<Context extends HonoContext> {
  /** `getConnInfo` of Hono's module for the runtime. Absent: the connection's address is unknown. */
  readonly connInfo?:
    | ((context: Context) => { readonly remote: { readonly address?: string | undefined } })
    | undefined;
}

// A getter that throws where the runtime has none.
function contextOf(context: HonoContext) {
  try {
    return context.executionCtx;
  } catch {
    return undefined;
  }
}

/** Answers everything it is asked: no handler behind it sees the request. */
export function honoMiddleware<Env, Context extends HonoContext = HonoContext>(
  gateway: Handler<Env>,
  options: HonoOptions<Context> = {},
): (context: Context) => Promise<Response> {
  return (context) => {
    const execution = contextOf(context);
    return gateway.handle(context.req.raw, context.env as Env, {
      remoteAddress: options.connInfo?.(context).remote.address,
      waitUntil: execution && ((work) => execution.waitUntil(work)),
    });
  };
}
