"""What the keys of the main screen do, by concern; `MainScreen` is made of these."""
