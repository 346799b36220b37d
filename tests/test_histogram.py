"""Histograms put each value into the first bucket whose bound it does not exceed."""

import math

from qader_sse.histogram import Histogram


def test_each_value_is_in_one_bucket_and_in_the_sum_unless_it_is_negative() -> None:
    histogram = Histogram((0.1, 1.0))
    for value in (-0.5, 0.1, 0.2, 1.0, 7.0, 9.0):
        histogram.observe(value)
    assert histogram.buckets == [(0.1, 2), (1.0, 2), (math.inf, 2)]
    assert (histogram.count, round(histogram.sum, 3)) == (6, 17.3)
