"""The verb that mixes runs into what a model is trained on, and what it consists of."""
