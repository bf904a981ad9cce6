"""The shell: one file a command group, which reads what the user wrote and calls one verb or flow."""
