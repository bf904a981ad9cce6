"""Requests, answers, what endpoints say, and the ledger's lines."""
