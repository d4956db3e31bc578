"""Ways for frames to leave: simulated, TAP, raw, a private kernel; and impairment on any of them."""
