"""How sure a share is. Pure."""

from math import sqrt


def wilson(successes: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """95 % interval of a proportion (Wilson 1927), as fractions."""
    if n == 0:
        return (0.0, 1.0)
    share = successes / n
    middle = share + z * z / (2 * n)
    spread = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    return (max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale))
