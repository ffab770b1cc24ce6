"""msgspec, imported without `typing_extensions`: it would import from there what the standard library also has."""

from __future__ import annotations

from tracker.lib.imports import import_without

with import_without("typing_extensions"):
    import msgspec
    from msgspec import Meta, Struct, field
    from msgspec.structs import force_setattr, replace

__all__ = ["Meta", "Struct", "field", "force_setattr", "msgspec", "replace"]
