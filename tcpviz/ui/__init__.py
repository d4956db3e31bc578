"""The Textual app. It holds cursor, scroll and selection; what is shown comes from `view`, what happens from `session`."""
