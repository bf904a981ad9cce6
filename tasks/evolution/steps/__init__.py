"""What happens to the rows of an epoch, in the order of the words."""
