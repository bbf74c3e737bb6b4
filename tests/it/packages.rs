//! Real packages from PyPI.
