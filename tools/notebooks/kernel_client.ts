/**
 * # A Jupyter client
 *
 * Starts Deno's kernel in a folder and runs code in it. Messages follow Jupyter's protocol 5.3: a request on `shell`
 * is answered there, and everything that the code prints or shows comes on `iopub`, ended by the status `idle`. The
 * kernel of Deno 2.8 and 2.9 may publish the last outputs after that status, so the client goes on reading for a while.
 *
 * Source: https://jupyter-client.readthedocs.io/en/stable/messaging.html
 *
 * @module
 */
import { joinBytes, ZmtpSocket } from "./zmtp.ts";

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder();
const DELIMITER = "<IDS|MSG>";

/** How long outputs are awaited after the kernel says that it is idle, in milliseconds. */
const DRAIN_MS = 60;

/** A message from the kernel. */
export interface KernelMessage {
  /** Such as `stream`, `display_data`, `execute_reply`. */
  readonly type: string;
  /** The id of the request that it belongs to. */
  readonly parent: string;
  // deno-lint-ignore no-explicit-any -- each type has its own content, described by the protocol
  readonly content: any;
}

/** A running Deno kernel. */
export class KernelClient {
  readonly #session = crypto.randomUUID();
  readonly #listeners = new Set<(message: KernelMessage) => void>();
  readonly #replies = new Map<string, (message: KernelMessage) => void>();
  #lastWords = ""; // the end of what the process wrote to standard error
  #broken: Error | undefined;

  private constructor(
    readonly process: Deno.ChildProcess,
    readonly key: CryptoKey,
    readonly shell: ZmtpSocket,
    readonly iopub: ZmtpSocket,
    readonly control: ZmtpSocket,
  ) {}

  /** Starts a kernel whose working folder is `folder`. */
  static async start(folder: string): Promise<KernelClient> {
    const [shell, iopub, stdin, control, heartbeat] = freePorts(5) as [number, number, number, number, number];
    const secret = crypto.randomUUID();
    const file = await Deno.makeTempFile({ prefix: "kernel-", suffix: ".json" });
    const connection = {
      ip: "127.0.0.1",
      transport: "tcp",
      key: secret,
      signature_scheme: "hmac-sha256",
      shell_port: shell,
      iopub_port: iopub,
      stdin_port: stdin,
      control_port: control,
      hb_port: heartbeat,
      kernel_name: "deno",
    };
    await Deno.writeTextFile(file, JSON.stringify(connection));
    const process = new Deno.Command(Deno.execPath(), {
      args: ["jupyter", "--kernel", "--conn", file],
      cwd: folder,
      env: { NO_COLOR: "1" },
      stdout: "null",
      stderr: "piped",
    }).spawn();
    try {
      const key = await crypto.subtle.importKey(
        "raw",
        ENCODER.encode(secret),
        { name: "HMAC", hash: "SHA-256" },
        false,
        [
          "sign",
        ],
      );
      const sockets = await Promise.all([
        ZmtpSocket.connect(shell, "DEALER"),
        ZmtpSocket.connect(iopub, "SUB"),
        ZmtpSocket.connect(control, "DEALER"),
      ]);
      const client = new KernelClient(process, key, ...sockets);
      client.#listen();
      await client.#awaitSubscription();
      return client;
    } catch (error) {
      process.kill("SIGKILL");
      throw error;
    } finally {
      await Deno.remove(file);
    }
  }

  /**
   * Runs code and waits for its end.
   *
   * @param onMessage Gets everything that the code prints and shows, in order.
   * @returns the content of the kernel's `execute_reply`.
   * @throws {Error} if the kernel dies or the time runs out; the kernel is then of no further use.
   */
  async execute(
    code: string,
    onMessage: (message: KernelMessage) => void,
    timeoutMs: number,
  ): Promise<KernelMessage["content"]> {
    const idle = Promise.withResolvers<void>();
    const early: KernelMessage[] = []; // what arrives before the request's id is known here
    let id: string | undefined;
    const listener = (message: KernelMessage) => {
      if (id === undefined) early.push(message);
      else if (message.parent !== id) return;
      else if (message.type === "status") message.content.execution_state === "idle" && idle.resolve();
      else onMessage(message);
    };
    this.#listeners.add(listener);
    const timer = Promise.withResolvers<never>();
    const timeout = setTimeout(
      () => timer.reject(new Error(`The cell did not end within ${timeoutMs / 1000} s`)),
      timeoutMs,
    );
    try {
      id = crypto.randomUUID();
      const reply = Promise.withResolvers<KernelMessage>();
      this.#replies.set(id, reply.resolve);
      await this.#send(this.shell, "execute_request", {
        code,
        silent: false,
        store_history: true,
        user_expressions: {},
        allow_stdin: false,
        stop_on_error: true,
      }, id);
      early.forEach(listener);
      const { content } = await Promise.race([reply.promise, timer.promise, this.#death()]);
      await Promise.race([idle.promise, pause(5000)]);
      await pause(DRAIN_MS);
      if (this.#broken) throw this.#broken;
      return content;
    } finally {
      clearTimeout(timeout);
      this.#listeners.delete(listener);
    }
  }

  /** Asks the kernel to end, and ends it if it does not. */
  async stop(): Promise<void> {
    await this.#send(this.control, "shutdown_request", { restart: false }).catch(() => {});
    const impatience = setTimeout(() => this.process.kill("SIGKILL"), 3000);
    await this.process.status;
    clearTimeout(impatience);
    for (const socket of [this.shell, this.iopub, this.control]) socket.close();
  }

  #listen(): void {
    this.#pump(this.iopub, (message) => this.#listeners.forEach((listener) => listener(message)));
    this.#pump(this.shell, (message) => {
      this.#replies.get(message.parent)?.(message);
      this.#replies.delete(message.parent);
    });
    this.#pump(this.control, () => {});
    (async () => {
      for await (const chunk of this.process.stderr) {
        this.#lastWords = (this.#lastWords + DECODER.decode(chunk)).slice(-2000);
      }
    })();
  }

  /** Hands every message of a socket on, until it closes. */
  async #pump(socket: ZmtpSocket, hand: (message: KernelMessage) => void): Promise<void> {
    while (true) {
      let frames: Uint8Array[];
      try {
        frames = await socket.receive();
      } catch {
        return; // closed
      }
      const start = frames.findIndex((frame) => DECODER.decode(frame) === DELIMITER);
      const signed = frames.slice(start + 2, start + 6);
      if (start < 0 || signed.length < 4 || await this.#sign(signed) !== DECODER.decode(frames[start + 1])) {
        this.#broken = new Error("A message of the kernel has a wrong signature");
        continue;
      }
      const [header, parent, , content] = signed.map((frame) => JSON.parse(DECODER.decode(frame)));
      hand({ type: header.msg_type, parent: parent.msg_id, content });
    }
  }

  /** Asks for the kernel's description until `iopub` hears of it: only then is nothing lost. */
  async #awaitSubscription(): Promise<void> {
    let heard = false;
    const listener = () => void (heard = true);
    this.#listeners.add(listener);
    for (let attempt = 0; !heard && attempt < 200; attempt++) {
      await this.#send(this.shell, "kernel_info_request", {});
      await pause(50);
    }
    this.#listeners.delete(listener);
  }

  async #death(): Promise<never> {
    const { code, signal } = await this.process.status;
    throw new Error(`The kernel died (${signal ?? `code ${code}`}): ${this.#lastWords.trim() || "it said nothing"}`);
  }

  async #send(socket: ZmtpSocket, type: string, content: unknown, id: string = crypto.randomUUID()): Promise<void> {
    const header = {
      msg_id: id,
      session: this.#session,
      username: "notebooks",
      date: new Date().toISOString(),
      msg_type: type,
      version: "5.3",
    };
    const parts = [header, {}, {}, content].map((part) => ENCODER.encode(JSON.stringify(part)));
    await socket.send([ENCODER.encode(DELIMITER), ENCODER.encode(await this.#sign(parts)), ...parts]);
  }

  async #sign(parts: readonly Uint8Array[]): Promise<string> {
    return new Uint8Array(await crypto.subtle.sign("HMAC", this.key, joinBytes(parts))).toHex();
  }
}

function freePorts(count: number): number[] {
  const listeners = Array.from({ length: count }, () => Deno.listen({ hostname: "127.0.0.1", port: 0 }));
  const ports = listeners.map((listener) => (listener.addr as Deno.NetAddr).port);
  for (const listener of listeners) listener.close();
  return ports;
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
