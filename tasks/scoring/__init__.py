"""How hard instructions are, how good their versions, how wide they spread."""
