"""Pictures of the screen for the README, as SVG."""
