"""The config file: what the user wants the same in each run of the screen."""
