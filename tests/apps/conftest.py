"""Fixtures of the record's tests."""

from tests.apps.desk import desk

__all__ = ["desk"]
