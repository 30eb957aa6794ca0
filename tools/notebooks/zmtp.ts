/**
 * # ZMTP 3.0, the little of it that Jupyter needs
 *
 * Kernels speak ZeroMQ over TCP. A client must greet (64 bytes, mechanism NULL), name its socket type, and then send
 * and receive messages of several frames, each with a flag byte (1: more frames follow, 2: eight bytes of length
 * instead of one, 4: a command) and its length.
 *
 * Source: https://rfc.zeromq.org/spec/23
 *
 * @module
 */

const ENCODER = new TextEncoder();

/** Bytes laid end to end. */
export function joinBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** The kinds of sockets used here: one that asks and one that listens. */
export type SocketType = "DEALER" | "SUB";

/** One connection to a kernel's port. */
export class ZmtpSocket {
  readonly #connection: Deno.TcpConn;
  #received = new Uint8Array(0);

  private constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
  }

  /**
   * Connects and greets. A `SUB` socket is subscribed to everything.
   *
   * @throws {Deno.errors.ConnectionRefused} if nothing listens there after 20 seconds.
   */
  static async connect(port: number, type: SocketType): Promise<ZmtpSocket> {
    const socket = new ZmtpSocket(await patientlyConnect(port));
    const greeting = new Uint8Array(64); // signature, version 3.0, mechanism, as client
    greeting.set([0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 0]);
    greeting.set(ENCODER.encode("NULL"), 12);
    await socket.#write(greeting);
    await socket.#read(64);
    const ready = joinBytes([Uint8Array.of(5), ENCODER.encode("READY"), ...property("Socket-Type", type)]);
    await socket.#write(joinBytes([Uint8Array.of(4, ready.length), ready]));
    await socket.#frame(); // the peer's READY
    if (type === "SUB") await socket.send([Uint8Array.of(1)]);
    return socket;
  }

  /** Sends one message of one or more frames. */
  async send(frames: readonly Uint8Array[]): Promise<void> {
    const parts = frames.flatMap((frame, i) => {
      const more = i < frames.length - 1 ? 1 : 0;
      if (frame.length < 256) return [Uint8Array.of(more, frame.length), frame];
      const head = new Uint8Array(9);
      head[0] = more | 2;
      new DataView(head.buffer).setBigUint64(1, BigInt(frame.length));
      return [head, frame];
    });
    await this.#write(joinBytes(parts));
  }

  /**
   * The next message's frames; commands such as heartbeats are passed over.
   *
   * @throws {Deno.errors.UnexpectedEof} if the peer closes the connection.
   */
  async receive(): Promise<Uint8Array[]> {
    const frames: Uint8Array[] = [];
    while (true) {
      const { more, command, body } = await this.#frame();
      if (command) continue;
      frames.push(body);
      if (!more) return frames;
    }
  }

  /** Closes the connection; a pending `receive` then fails. */
  close(): void {
    try {
      this.#connection.close();
    } catch {
      // the peer was faster
    }
  }

  async #frame(): Promise<{ more: boolean; command: boolean; body: Uint8Array }> {
    const flags = (await this.#read(1))[0]!;
    const long = (flags & 2) !== 0;
    const length = await this.#read(long ? 8 : 1);
    const size = long ? Number(new DataView(length.buffer, length.byteOffset).getBigUint64(0)) : length[0]!;
    return { more: (flags & 1) !== 0, command: (flags & 4) !== 0, body: await this.#read(size) };
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let sent = 0; sent < bytes.length;) sent += await this.#connection.write(bytes.subarray(sent));
  }

  async #read(size: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(size);
    let have = Math.min(size, this.#received.length);
    bytes.set(this.#received.subarray(0, have));
    this.#received = this.#received.subarray(have);
    while (have < size) {
      const chunk = new Uint8Array(65536);
      const count = await this.#connection.read(chunk);
      if (count === null) throw new Deno.errors.UnexpectedEof("The kernel closed the connection");
      const used = Math.min(count, size - have);
      bytes.set(chunk.subarray(0, used), have);
      have += used;
      this.#received = chunk.slice(used, count);
    }
    return bytes;
  }
}

async function patientlyConnect(port: number): Promise<Deno.TcpConn> {
  for (let attempt = 0;; attempt++) {
    try {
      return await Deno.connect({ hostname: "127.0.0.1", port });
    } catch (error) {
      if (attempt === 400 || !(error instanceof Deno.errors.ConnectionRefused)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

function property(name: string, value: string): Uint8Array[] {
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, value.length);
  return [Uint8Array.of(name.length), ENCODER.encode(name), length, ENCODER.encode(value)];
}
