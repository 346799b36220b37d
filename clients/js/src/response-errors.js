const FINAL = [400, 401, 403, 404];
const BUSY = [429, 503];
const LONGEST_RETRY_AFTER_MS = 10 * 60_000;

const SIGNED_OUT = { reason: "signed_out", status: 401, isFinal: true };

/**
 * Return why an answer cannot be used, as `{reason, status, …}`; null if it has the status 200 and
 * the expected type, and is not for another user. If `isFinal` is set, retrying is pointless.
 */
export async function responseError(response, expectedType, viewer = null) {
  if (viewer?.isForSomeoneElse(response)) {
    cancelBody(response);
    return SIGNED_OUT;
  }
  const { status } = response;
  const type = response.headers.get("content-type") ?? "";
  if (status === 204) return { reason: "over", status, isFinal: true };
  if (status === 200 && type.startsWith(expectedType)) return null;
  const detail = await detailOf(response, type);
  if (status === 200) return { reason: "not_ours", status, detail: `${expectedType} was expected, ${type} came` };
  // Only a refusal in JSON is final, as the service's own are: proxies and captive portals answer
  // 403 and 404, too.
  if (FINAL.includes(status) && detail !== null) return { reason: "refused", status, detail, isFinal: true };
  const retryAfterMs = BUSY.includes(status) ? retryAfter(response.headers) : 0;
  return { reason: "http_error", status, detail, retryAfterMs };
}

async function detailOf(response, type) {
  if (!type.startsWith("application/json")) {
    cancelBody(response);
    return null;
  }
  try {
    const body = await response.json();
    return String(body.detail ?? Object.values(body).flat().join(" "));
  } catch {
    return null;
  }
}

export function cancelBody(response) {
  response.body?.cancel().catch(() => {});
}

function retryAfter(headers) {
  const text = headers.get("retry-after") ?? "";
  // A date is compared with the `Date` header, not with this device's clock, which may be wrong.
  // Without a header that can be read, the delay is 0.
  const milliseconds = /^[0-9]+$/.test(text)
    ? Number(text) * 1000
    : Date.parse(text) - Date.parse(headers.get("date") ?? "");
  return Math.min(Math.max(milliseconds || 0, 0), LONGEST_RETRY_AFTER_MS);
}
