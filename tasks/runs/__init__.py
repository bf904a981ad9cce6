"""The run folder of any kind: its record, manifest, stages, standing and checks."""
