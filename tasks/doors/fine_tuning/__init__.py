"""The programs that import PyTorch: they fine-tune a model, or merge an adapter, in a process apart."""
