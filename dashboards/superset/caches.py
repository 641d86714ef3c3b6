"""Caches of query results in which no reader finds another's, and no publication the one before. Runs inside of Superset."""

from __future__ import annotations

from typing import Any

from flask_caching.backends.base import BaseCache
from flask_caching.backends.filesystemcache import FileSystemCache
from flask_caching.backends.rediscache import RedisCache

from dashboards.superset.tenancy import publication, reader


class ByReader(BaseCache):
    """Another cache, with the publication and the reader before each key."""

    def __init__(self, kept: BaseCache) -> None:
        super().__init__(kept.default_timeout)
        self.kept = kept

    def get(self, key: str) -> Any:
        return self.kept.get(_key(key))

    def set(self, key: str, value: Any, timeout: int | None = None) -> bool | None:
        return self.kept.set(_key(key), value, timeout)

    def add(self, key: str, value: Any, timeout: int | None = None) -> bool:
        return bool(self.kept.add(_key(key), value, timeout))

    def delete(self, key: str) -> bool:
        return bool(self.kept.delete(_key(key)))

    def has(self, key: str) -> bool:
        return bool(self.kept.has(_key(key)))

    def clear(self) -> bool:
        return bool(self.kept.clear())


def in_files(*arguments: Any) -> ByReader:
    """On one machine. The arguments are those of Flask-Caching's factories."""
    return ByReader(FileSystemCache.factory(*arguments))


def in_redis(*arguments: Any) -> ByReader:
    """For several workers. The arguments are those of Flask-Caching's factories."""
    return ByReader(RedisCache.factory(*arguments))


def _key(key: str) -> str:
    return f"{publication().name}:{reader()}:{key}"
