"""The links as a run sees them: one entry each, with what it needs, how it opens, and what `doctor` tells.

To add one: a module here with its `LinkKind`, its place in `table.TABLE`, its name in `options.LINKS`.
"""
