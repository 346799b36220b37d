"""Random spreads of durations, so that workers and clients do not act at the same moment.

Every layer but the domain may import this module.
"""

import random


def jittered(seconds: float, least: float, most: float) -> float:
    """Return a random duration between `least` and `most` times `seconds`.

    Not for secrets: the numbers can be predicted.
    """
    return seconds * random.uniform(least, most)  # noqa: S311 # nosec B311  # it spreads load, it hides nothing
