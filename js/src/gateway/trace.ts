// W3C trace context.
const hex = (bytes: number) =>
  [...crypto.getRandomValues(new Uint8Array(bytes))]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('');

export function traceOf(headers: Headers): { traceId: string; traceparent: string } {
  const given = /^00-([0-9a-f]{32})-[0-9a-f]{16}-([0-9a-f]{2})$/.exec(
    headers.get('traceparent') ?? '',
  );
  const traceId = given?.[1] ?? hex(16);
  return { traceId, traceparent: `00-${traceId}-${hex(8)}-${given?.[2] ?? '01'}` };
}
