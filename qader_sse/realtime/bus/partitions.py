"""Partitions: the Redis channels over which topics are spread.

Their number is fixed, and every worker subscribes to all of them for good. With a channel per
topic, each stream that opens would have to subscribe, and wait for Redis to confirm it.
"""

from zlib import crc32

PARTITIONS = 16


def partition_of(topic: str) -> int:
    return crc32(topic.encode()) % PARTITIONS


def channel(namespace: str, partition: int) -> str:
    """Name a partition's channel; Redis Cluster places it by what is in braces."""
    return f"qader:{namespace}:{{{partition}}}"
