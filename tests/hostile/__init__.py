"""Programs, data and parameters that no sensible user would give: each ends in the right answer or in our error.

    python -m tests.hostile programs      bad programs, compiled
    python -m tests.hostile values        bad data, parameters and x
    python -m tests.hostile sanitize      modules and core under AddressSanitizer, UndefinedBehaviorSanitizer
    python -m tests.hostile leaks         objects made and dropped

Each run writes its counts to RESULTS.md beside this file.
"""
