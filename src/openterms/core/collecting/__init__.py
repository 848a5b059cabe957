"""The guard, promises, segments, strategies and the next step: how money that is late is asked for."""
