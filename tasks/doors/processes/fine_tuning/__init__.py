"""The program that imports PyTorch: a process apart, told by a job, heard by its records."""
