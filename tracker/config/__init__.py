"""config.yaml as typed settings; every fault at once with its place."""
