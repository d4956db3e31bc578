"""Pure projections of a recording: what a screen shows, as values. Knows no widget and no thread."""
