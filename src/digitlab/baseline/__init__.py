"""Neural networks from scratch: NumPy, the chain rule, and nothing hidden.

Read in this order: `module` (what a layer is), `linear`, `activations`, `losses`, `containers`, `optimizers`,
`fit` (the loop), then `dropout`, `batch_norm`, `windows`, `convolution`, `pooling`, and `nets` (the lesson's
networks out of these parts). `gradcheck` holds every backward pass against finite differences.

Names and shapes of parameters are torch's, so weights travel both ways. Nothing here imports torch or any other
room of the house. Randomness is always an argument, a `numpy.random.Generator`. Everything works in float64, where
its mathematics is proven, and in float32, where it is fast.
"""
