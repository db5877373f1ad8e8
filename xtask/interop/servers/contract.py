"""What the servers written in Python share: settings from the command line, and what is said to whoever started them."""
import asyncio
import os
import sys
import threading


def say(*words):
    """Prints a line for the program that started this one."""
    print(*words, flush=True)


def closed(code, reason):
    """Tells how a connection was closed; 1005 stands for a Close frame without a code."""
    say("CLOSED", code or 1005, reason or "")


def read_settings(text):
    """`server_max_window_bits=10; off` as a dictionary of numbers and True."""
    pairs = [part.strip().partition("=") for part in text.split(";") if part.strip()]
    return {name: int(value) if equals else True for name, equals, value in pairs}


def run(start):
    """Starts a server for each argument, which answers its port, and serves until the input ends.

    It ends also when the program that holds it is killed.
    """
    def end_with_input():
        sys.stdin.buffer.read()
        os._exit(0)

    async def main():
        for settings in sys.argv[1:]:
            say("PORT", await start(read_settings(settings)))
        await asyncio.Event().wait()

    threading.Thread(target=end_with_input, daemon=True).start()
    asyncio.run(main())
