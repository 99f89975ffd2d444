"""The live events: one reader of the bus per process, and the streams that it is fanned out to."""
