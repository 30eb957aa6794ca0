/**
 * A real disk of a megabyte or two, in memory, so that tests can fill it.
 *
 * @module
 */
async function mount(...args: readonly string[]): Promise<boolean> {
  const [program, ...rest] = args;
  const run = new Deno.Command(program!, { args: rest, stdout: "null", stderr: "null" }).output();
  return await run.then(({ success }) => success, () => false);
}

async function mounted(megabytes: number): Promise<string | undefined> {
  const folder = await Deno.makeTempDir();
  if (await mount("mount", "-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", folder)) return folder;
  await Deno.remove(folder);
}

async function unmount(folder: string): Promise<void> {
  await mount("umount", folder);
  await Deno.remove(folder);
}

const trial = await mounted(1), missing = trial === undefined;
if (!missing) await unmount(trial);

/** A test on a small disk of its own; skipped where none can be mounted. */
export function onSmallDisk(name: string, megabytes: number, fn: (disk: string) => Promise<void>): void {
  Deno.test({
    name: `${name}${missing ? " (skipped: only root can mount a small disk)" : ""}`,
    ignore: missing,
    fn: async () => {
      const disk = (await mounted(megabytes))!;
      try {
        await fn(disk);
      } finally {
        await unmount(disk);
      }
    },
  });
}

/** Fills the disk that a file lies on, but for some bytes. */
export function fill(path: string, except = 0): void {
  const file = Deno.openSync(path, { write: true, create: true }), block = new Uint8Array(4096);
  try {
    for (;;) file.writeSync(block);
  } catch (error) {
    if (!/os error 28\b/.test((error as Error).message)) throw error;
  }
  const { size } = file.statSync();
  file.truncateSync(Math.max(0, size - except));
  file.close();
}
