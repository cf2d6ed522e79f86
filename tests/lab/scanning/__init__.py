"""The parts of scan_test.py: what a scan must find, how its result must look, what the servers saw of it."""
