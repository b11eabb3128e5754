"""The families of ``lib.image``, a module each."""
