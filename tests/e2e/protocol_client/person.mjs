// One person's calls, over fetch, and the bytes of a request on a socket of its own.

import { connect } from "node:net";
import { check, same } from "./claims.mjs";

export const CHALLENGES = "/api/v1/challenges/challenges/";
export const NOTIFICATIONS = "/api/v1/challenges/notifications/events/";

export class Person {
  constructor(base, name) {
    this.base = new URL(base);
    this.name = name;
    this.cookie = "";
  }

  async signIn(password) {
    const answer = await this.call("POST", "/api/v1/auth/login/", { username: this.name, password });
    same("A5", Object.keys(answer.body).sort(), ["access", "refresh", "user"]);
    const cookie = answer.headers.get("set-cookie");
    check("A2", /^sessionid=.*HttpOnly/.test(cookie) && cookie.includes("SameSite=Lax"), cookie);
    this.cookie = cookie.split(";")[0];
    this.id = answer.body.user.id;
    return this;
  }

  async call(method, path, body, headers = {}) {
    const answer = await fetch(new URL(path, this.base), {
      method,
      headers: { ...headers, cookie: this.cookie, ...(body && { "content-type": "application/json" }) },
      body: body && JSON.stringify(body),
      redirect: "manual",
    });
    const text = await answer.text();
    const isJson = answer.headers.get("content-type")?.startsWith("application/json");
    return { status: answer.status, headers: answer.headers, body: isJson ? JSON.parse(text) : text };
  }

  get(path, headers) {
    return this.call("GET", path, undefined, headers);
  }

  act(challengeId, action, body) {
    return this.call("POST", `${CHALLENGES}${challengeId}/${action}/`, body);
  }

  // Send a GET on a socket, and hand on what comes: `onHead(status, headers)`, then `onBytes`, for no
  // more than `cutAfter` bytes. Resolves with how it ended: "cut" by us, or "end".
  open(path, { headers = {}, cutAfter = Infinity, onHead, onBytes, onSocket }) {
    return new Promise((resolve, reject) => {
      const socket = connect(Number(this.base.port), this.base.hostname);
      let head = Buffer.alloc(0);
      let [isHeadRead, left, ended] = [false, cutAfter, "end"];
      const all = { Host: this.base.host, ...(this.cookie && { Cookie: this.cookie }), ...headers };
      const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
      socket.write(`GET ${path} HTTP/1.1\r\n${lines.join("")}\r\n`);
      onSocket?.(socket);
      socket.on("data", (data) => {
        data = data.subarray(0, left);
        left -= data.length;
        if (!isHeadRead) {
          head = Buffer.concat([head, data]);
          const at = head.indexOf("\r\n\r\n");
          data = at < 0 ? Buffer.alloc(0) : head.subarray(at + 4);
          if ((isHeadRead = at >= 0)) onHead(...readHead(head.subarray(0, at).toString()), socket);
        }
        if (data.length && !socket.destroyed) onBytes(data, socket);
        if (left <= 0) {
          ended = "cut";
          socket.destroy();
        }
      });
      socket.on("end", () => socket.end());
      socket.on("error", reject);
      socket.on("close", () => resolve(ended));
    });
  }
}

function readHead(text) {
  const [first, ...lines] = text.split("\r\n");
  const pairs = lines.map((line) => [line.split(":")[0].toLowerCase(), line.replace(/^[^:]*: ?/, "")]);
  return [Number(first.split(" ")[1]), Object.fromEntries(pairs)];
}
