"""The version, said once: the package, its reports and its metadata take it from here."""

__version__ = "0.1.0"
