"""The engine: one TCP connection (RFC 9293) as a pure state machine.

Sans-I/O and deterministic: no clock, thread, socket, log or library. `now` (a monotonic int of
nanoseconds), the secret behind the initial sequence number and a seeded random generator come from
outside; the same inputs give the same outputs, bit for bit.
"""
