"""The Textual app. It holds cursor, scroll and selection, nothing else.

What is shown comes from `view`, what happens from `session`.
"""
