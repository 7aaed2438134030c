// Makes the calls of corpus.mjs through the package. Runs in every runtime: only web APIs, plain data in and out.
const encoder = new TextEncoder();
const bytesOf = (hex) =>
  Uint8Array.from({ length: hex.length / 2 }, (_, index) =>
    Number.parseInt(hex.slice(2 * index, 2 * index + 2), 16),
  );
const hexOf = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

const errorOf = ({ name, code, message }) => ({ name, code, message });

function redact(policy, { interaction, body, extra }) {
  const bytes = policy.redact(interaction, bytesOf(body), {
    ...extra,
    ...(extra.request && { request: encoder.encode(extra.request) }),
  });
  return bytes === undefined ? { denied: true } : { released: hexOf(bytes) };
}

// What the calls that only talk about a body say.
function about(policy, { interaction, body, extra }) {
  const texts = ['decide', 'explain'].map((name) => {
    try {
      return JSON.stringify(policy[name](interaction, bytesOf(body), extra));
    } catch (error) {
      return JSON.stringify(errorOf(error));
    }
  });
  return { texts };
}

async function stream(policy, { interaction, body, extra, format, onInvalid, chunk }) {
  const filter = policy.filterStream({ format, interaction, onInvalid, ...extra });
  const bytes = bytesOf(body);
  let at = 0;
  const source = new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) {
        controller.close();
        return;
      }
      controller.enqueue(bytes.slice(at, at + chunk));
      at += chunk;
    },
  });
  let released = '';
  try {
    const reader = source.pipeThrough(filter).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return { released };
      released += hexOf(value);
    }
  } catch (error) {
    return { released, error: errorOf(error) };
  }
}

/** The answers to `calls`, in order. One engine, and one policy for calls in a row that share it. */
export async function execute(createEngine, calls) {
  const engine = await createEngine();
  const answers = [];
  let policy;
  let input;
  for (const call of calls) {
    try {
      if (input !== call.input) {
        policy?.free();
        policy = input = undefined;
        policy = engine.compilePolicy(call.input);
        input = call.input;
      }
      if (call.call === 'compile') answers.push({ issues: [] });
      else if (call.call === 'stream') answers.push(await stream(policy, call));
      else answers.push(call.call === 'redact' ? redact(policy, call) : about(policy, call));
    } catch (error) {
      const issues = error.issues?.filter(({ severity }) => severity === 'error');
      answers.push(
        issues
          ? { issues: issues.map(({ code }) => code), message: JSON.stringify(issues) }
          : { error: errorOf(error) },
      );
    }
  }
  policy?.free();
  return answers;
}
