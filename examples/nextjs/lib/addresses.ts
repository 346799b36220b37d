// Both are put into the scripts when they are built.
const service = process.env.NEXT_PUBLIC_SERVICE_URL ?? "";
const language = process.env.NEXT_PUBLIC_LANGUAGE ?? "ar";

/** An address of the service; without one of its own, it is reached through this front end. */
function address(path: string): string {
  return new URL(`/${language}/${path}`, service || window.location.origin).href;
}

export const restAddress = (path: string) => address(`api/v1/${path}`);
export const streamAddress = (path: string) => address(`sse/${path}`);
export const socketAddress = (path: string) => address(`ws/${path}`).replace(/^http/, "ws");
