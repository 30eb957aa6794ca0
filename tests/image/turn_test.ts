import { assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { turnBack, turnPicture } from "../../lib/image/turn.ts";

Deno.test("turnBack() says where each pixel of the turned picture was", async () => {
  const H = 3, W = 5, picture = tf.range(0, H * W).reshape<tf.Tensor3D>([H, W, 1]);
  for (const turns of [0, 1, 2, 3] as const) {
    const turned = turnPicture(picture, turns), numbers = await turned.data(), [h, w] = turned.shape;
    assertEquals([h, w], turns % 2 === 1 ? [W, H] : [H, W]);
    for (let row = 0; row < h; row++) {
      for (let column = 0; column < w; column++) {
        const { x, y } = turnBack({ x: column, y: row, size: 1 }, turns, W, H);
        assertEquals(numbers[row * w + column], y * W + x);
      }
    }
    turned.dispose();
  }
  picture.dispose();
});

Deno.test("a quarter turn is counter-clockwise: what was on the right is on top", async () => {
  const picture = tf.tensor3d([0, 0, 1], [1, 3, 1]), turned = turnPicture(picture, 1);
  assertEquals([...await turned.data()], [1, 0, 0]);
  assertEquals(turned.shape, [3, 1, 1]);
  tf.dispose([picture, turned]);
});
