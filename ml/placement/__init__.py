"""
Where each object should lie: what its use so far lets expect, and what every choice would cost.

How to call it. Keep a `learner.Learner(book, classes)`: `meet` the objects in the order of their
creation (a prefix is a number), and let each day's uses `happen`. Then, on the morning of a day,
`learn` (again when `is_due`), and ask about any objects in any state:

    state = learner.state(day, rows, Places(lies=..., entered=..., touched=..., expires=...))
    verdict = learner.judge.verdict(state, card, rows)     # card: rate_card(book, classes, size_bytes)
    verdict.wanted           # the class for each object, its own where staying is best
    verdict.saving           # objects x classes: dollars that being moved there saves, move included

The saving is against staying for now and acting as well as possible later, over about `FORESIGHT_DAYS`;
`judge.place` chooses for newborns, and `judge.expected_use` says how likely a use is on the day.
Nothing here reads a clock or a file: what is learned depends on what was told, and on nothing else.
"""
