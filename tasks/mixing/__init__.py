"""What a model is trained on: all epochs of runs, cleaned, drawn, shuffled."""
