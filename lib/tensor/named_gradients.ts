/**
 * # Gradients by name
 *
 * tfjs names variables by itself, one number after the other; parameters are known by their dotted names. Here a loss is
 * differentiated with respect to a record of variables, and its gradients come back under the record's names.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";

/**
 * A loss and its gradients.
 *
 * @param loss Called once; a scalar.
 * @returns the loss and a gradient for each variable, by the record's names; the caller disposes of all.
 */
export function namedGradients(
  loss: () => tf.Scalar,
  variables: Readonly<Record<string, tf.Variable>>,
): { readonly value: tf.Scalar; readonly gradients: Readonly<Record<string, tf.Tensor>> } {
  const { value, grads } = tf.variableGrads(loss, Object.values(variables));
  const names = new Map(Object.entries(variables).map(([name, variable]) => [variable.name, name]));
  const gradients = Object.fromEntries(Object.entries(grads).map(([id, gradient]) => [names.get(id)!, gradient]));
  return { value, gradients };
}
