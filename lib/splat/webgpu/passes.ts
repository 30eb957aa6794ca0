/**
 * # Passes: compute shaders on tfjs's own device
 *
 * tfjs runs one shader for one result. Rendering takes dozens over shared buffers, so it borrows the backend's device and
 * queue: what tfjs has recorded so far is submitted first, then all passes as one command buffer. Nothing is read back,
 * so a kernel returns at once and stays usable inside `tf.grad`.
 *
 * Scratch buffers come from tfjs's pool and return to it with the submission; the queue keeps order, so the next user
 * cannot overtake. `tf.memory().numBytesInGPU` counts them. The pool finds a buffer again only by its exact size, so sizes
 * are rounded up to powers of two: pictures and Gaussians of ever other numbers share the same few buffers.
 *
 * @module
 */
import type * as tf from "@tensorflow/tfjs";

/** What of tfjs's WebGPU backend is used here. */
export interface WebGpuBackend {
  readonly device: GPUDevice;
  readonly bufferManager: {
    acquireBuffer(size: number, usage: number): GPUBuffer;
    releaseBuffer(buffer: GPUBuffer): void;
  };
  readonly tensorMap: { get(dataId: object): { readonly resource?: GPUBuffer } };
  makeTensorInfo(shape: number[], dtype: "float32", values?: Float32Array): tf.TensorInfo;
  uploadToGPU(dataId: object): void;
  ensureCommandEncoderReady(): void;
  endComputePassEncoder(): void;
  submitQueue(): void;
}

/** A compute shader; its bindings are numbered in the order in which buffers are handed to it. */
export interface Shader {
  /** Shown in error messages. */
  readonly name: string;
  /** WGSL with an entry point `main`. */
  readonly code: string;
}

/** How many workgroups: counted here, or by an earlier pass into a buffer. */
export type Groups = readonly [x: number, y?: number] | { readonly counts: GPUBuffer; readonly offset: number };

const pipelines = new WeakMap<GPUDevice, Map<Shader, GPUComputePipeline>>();

/** One command buffer in the making. Disposing of it returns its buffers, submitted or not. */
export class Passes implements Disposable {
  readonly #backend: WebGpuBackend;
  readonly #encoder: GPUCommandEncoder;
  readonly #borrowed: GPUBuffer[] = [];
  readonly #uniforms = new Map<string, GPUBuffer>();

  /** Submits what tfjs has recorded and starts a command buffer of our own. */
  constructor(backend: WebGpuBackend) {
    this.#backend = backend;
    backend.ensureCommandEncoderReady();
    backend.endComputePassEncoder();
    backend.submitQueue();
    this.#encoder = backend.device.createCommandEncoder();
  }

  /** A storage buffer for this command buffer alone; its content is arbitrary. */
  storage(bytes: number): GPUBuffer {
    const { STORAGE, COPY_DST, COPY_SRC, INDIRECT } = GPUBufferUsage;
    const rounded = 2 ** Math.ceil(Math.log2(Math.max(256, bytes)));
    const size = Math.min(rounded, this.#backend.device.limits.maxStorageBufferBindingSize);
    return this.#acquire(size, STORAGE | COPY_DST | COPY_SRC | INDIRECT);
  }

  /** A uniform buffer with this content; the same content gives the same buffer. */
  uniform(content: ArrayBuffer | Uint32Array<ArrayBuffer>): GPUBuffer {
    const bytes = content instanceof ArrayBuffer ? new Uint8Array(content) : new Uint8Array(content.buffer);
    const key = bytes.join();
    let buffer = this.#uniforms.get(key);
    if (!buffer) {
      buffer = this.#acquire(bytes.byteLength, GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST);
      this.#backend.device.queue.writeBuffer(buffer, 0, bytes);
      this.#uniforms.set(key, buffer);
    }
    return buffer;
  }

  /** Writes numbers to a buffer's beginning, before all passes. */
  write(buffer: GPUBuffer, content: Uint32Array<ArrayBuffer>): void {
    this.#backend.device.queue.writeBuffer(buffer, 0, content);
  }

  /** Copies a buffer's first bytes into another at this point of the order. */
  copy(from: GPUBuffer, to: GPUBuffer, offset: number, bytes: number): void {
    this.#encoder.copyBufferToBuffer(from, 0, to, offset, bytes);
  }

  /** Zeroes a buffer at this point of the order. */
  clear(buffer: GPUBuffer): void {
    this.#encoder.clearBuffer(buffer);
  }

  /** Runs a shader at this point of the order. */
  run(shader: Shader, buffers: readonly GPUBuffer[], groups: Groups): void {
    const { device } = this.#backend;
    const pipeline = pipelineOf(device, shader);
    const entries = buffers.map((buffer, binding) => ({ binding, resource: { buffer } }));
    const pass = this.#encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
    if ("counts" in groups) pass.dispatchWorkgroupsIndirect(groups.counts, groups.offset);
    else pass.dispatchWorkgroups(groups[0], groups[1] ?? 1);
    pass.end();
  }

  /** Hands all passes to the device. */
  submit(): void {
    this.#backend.device.queue.submit([this.#encoder.finish()]);
  }

  /** Returns the buffers to the pool. */
  [Symbol.dispose](): void {
    for (const buffer of this.#borrowed.splice(0)) this.#backend.bufferManager.releaseBuffer(buffer);
  }

  #acquire(bytes: number, usage: number): GPUBuffer {
    const buffer = this.#backend.bufferManager.acquireBuffer(bytes, usage);
    this.#borrowed.push(buffer);
    return buffer;
  }
}

function pipelineOf(device: GPUDevice, shader: Shader): GPUComputePipeline {
  let known = pipelines.get(device);
  if (!known) pipelines.set(device, known = new Map());
  let pipeline = known.get(shader);
  if (!pipeline) {
    device.pushErrorScope("validation");
    const module = device.createShaderModule({ code: shader.code, label: shader.name });
    pipeline = device.createComputePipeline({ label: shader.name, layout: "auto", compute: { module } });
    known.set(shader, pipeline);
    device.popErrorScope().then((error) => { // nobody awaits this: a refused shader ends the program, not in a black picture
      if (error) throw new Error(`This device refuses the shader "${shader.name}": ${error.message}`);
    });
  }
  return pipeline;
}

/** A tensor's buffer on the device, uploaded if it is not there yet. */
export function bufferOf(backend: WebGpuBackend, { dataId }: tf.TensorInfo): GPUBuffer {
  backend.uploadToGPU(dataId);
  return backend.tensorMap.get(dataId).resource!;
}
