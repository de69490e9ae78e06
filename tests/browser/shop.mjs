// A shop of its own for a test run: the real binary over a scratch folder, spoken to by its command line and its JSON API.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 15_000;
export const BINARY = process.env.GRAMOVAR ?? fileURLToPath(new URL("../../target/debug/gramovar", import.meta.url));
// Everybody's password in these journeys.
export const PASSWORD = "correct horse battery";

export class Shop {
  // A shop that listens; its standard error is kept and shown when something goes wrong.
  static async open(command = "serve") {
    if (!existsSync(BINARY)) throw new Error(`there is no ${BINARY}: cargo build -p server`);
    const shop = new Shop();
    shop.folder = await mkdtemp(join(tmpdir(), "gramovar-journeys-"));
    shop.data = join(shop.folder, "data");
    shop.said = "";
    shop.server = spawn(BINARY, [command, "--data", shop.data, "--listen", "127.0.0.1:0"], { stdio: ["ignore", "pipe", "pipe"] });
    shop.ended = new Promise((resolve) => shop.server.on("exit", (code, signal) => resolve({ code, signal })));
    shop.server.stderr.on("data", (text) => { shop.said += text; });
    shop.url = await shop.#listening();
    return shop;
  }

  #listening() {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`the shop does not listen:\n${this.said}`)), START_TIMEOUT_MS);
      createInterface({ input: this.server.stdout }).on("line", (line) => {
        const url = /listening on (http:\/\/\S+)/.exec(line)?.[1];
        if (url) {
          clearTimeout(timer);
          resolve(url.replace(/\/$/, ""));
        }
      });
      this.ended.then(({ code }) => reject(new Error(`the shop ended with ${code}:\n${this.said}`)));
    });
  }

  // Runs `gramovar COMMAND... --data DIR REST...` and gives its output; a failure is an error.
  tell(command, rest = [], input = "") {
    return this.plainly([...command, "--data", this.data, ...rest], input);
  }

  // The same without a data folder.
  async plainly(command, input = "") {
    const child = spawn(BINARY, command, { stdio: ["pipe", "pipe", "pipe"] });
    let [out, errors] = ["", ""];
    child.stdout.on("data", (text) => { out += text; });
    child.stderr.on("data", (text) => { errors += text; });
    child.stdin.end(input);
    const code = await new Promise((resolve) => child.on("close", resolve));
    if (code !== 0) throw new Error(`gramovar ${command.join(" ")} ended with ${code}:\n${errors}${out}`);
    return out;
  }

  async vouchers(amount, count) {
    const codes = (await this.tell(["voucher", "create"], ["--amount", amount, "--count", String(count)])).trim().split("\n");
    if (codes.length !== count) throw new Error(`asked for ${count} vouchers, got ${codes.length}`);
    return codes;
  }

  // One request to the JSON API; the answer's body, or an error that names the status.
  async api(path, { token, body, method, key } = {}) {
    const headers = { ...(token && { authorization: `Bearer ${token}` }), ...(body && { "content-type": "application/json" }), ...(key && { "idempotency-key": key }) };
    const answer = await fetch(`${this.url}/api/v1${path}`, { method: method ?? (body ? "POST" : "GET"), headers, body: body && JSON.stringify(body) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${text}`);
    return text ? JSON.parse(text) : null;
  }

  async token(email) {
    return (await this.api("/sessions", { body: { email, password: PASSWORD } })).token;
  }

  // Ends the shop as an operator would, and says how it ended: { code, signal }.
  async close() {
    this.server.kill("SIGTERM");
    const timer = setTimeout(() => this.server.kill("SIGKILL"), STOP_TIMEOUT_MS);
    const end = await this.ended;
    clearTimeout(timer);
    await rm(this.folder, { recursive: true, force: true });
    return end;
  }
}
