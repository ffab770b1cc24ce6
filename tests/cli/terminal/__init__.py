"""Tests of what people read on a terminal."""
