import { assertEquals } from "@std/assert";
import { digest } from "../../lib/format/digest.ts";

Deno.test("digest() is SHA-256 in hexadecimal digits", async () => {
  assertEquals(await digest("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
});
