"""The parts of the lab. See README.md beside this directory for how they fit together."""
