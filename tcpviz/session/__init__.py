"""One run: link, host, engine and client in a worker thread; the gate, the pace, errors as events.

Knows no screen. Commands go in, records come out: the screen reads `Session.recording` and
`Session.status` whenever it likes and never touches what the worker owns.
"""
