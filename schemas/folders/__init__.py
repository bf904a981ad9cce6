"""Where everything lies in a folder of each kind."""
