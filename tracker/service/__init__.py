"""The service on this machine: what is installed, where, with which owner. A plan of steps first, then done."""
