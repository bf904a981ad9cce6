"""What is asked: prompts and seeds, a folder a domain, and the fences that judges need."""
