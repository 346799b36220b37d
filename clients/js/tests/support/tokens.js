/** A front end on another origin: it signs in once, keeps its tokens, and refreshes them. */
import { until } from "./until.js";

const { fetch } = globalThis; // which a test may replace: what is sent here must have no cookie
const JSON_TYPE = { "Content-Type": "application/json" };

export class TokenHolder {
  asked = []; // with which refused token the callback was asked

  static async signIn({ url, username }) {
    const holder = new TokenHolder(url);
    Object.assign(holder, await holder.post("/api/v1/auth/login/", { username, password: "correct-horse-7" }));
    return holder;
  }

  constructor(url) {
    this.url = url;
  }

  /** The callback for `connect`. */
  token = async ({ refused }) => {
    this.asked.push(refused);
    if (this.access !== refused) return this.access;
    Object.assign(this, await this.post("/api/v1/auth/token/refresh/", { refresh: this.refresh }));
    return this.access;
  };

  get refusals() {
    return this.asked.filter((refused) => refused !== null);
  }

  async post(path, body) {
    const response = await fetch(this.url + path, { method: "POST", headers: JSON_TYPE, body: JSON.stringify(body) });
    if (response.status === 401) return { access: null };
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response.json();
  }

  /** Wait until the service refuses the access token. */
  async untilRunOut() {
    const { access } = this;
    const headers = { Authorization: `Bearer ${access}` };
    await until(async () => (await fetch(`${this.url}/api/v1/users/me/`, { headers })).status === 401, "a token that ran out");
  }

  async signOut() {
    const headers = { Authorization: `Bearer ${this.access}` };
    await fetch(`${this.url}/api/v1/auth/logout/`, { method: "POST", headers });
  }
}
