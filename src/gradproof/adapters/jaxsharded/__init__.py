"""Parameters of JAX that are spread over several devices, measured where they lie."""
