"""People compare answers, blind, and agree or not."""
