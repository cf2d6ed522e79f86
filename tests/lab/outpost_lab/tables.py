"""Reads TOML files strictly: every mistake names the file, the table and the key."""
import os
import tomllib

from .errors import LabError

REQUIRED = object()


class Table:
    """One table of a TOML file. take() each key that is known, then finish() complains about the rest."""

    def __init__(self, values, file, path=""):
        self.values = dict(values)
        self.file = file
        self.path = path
        self.known = []

    @classmethod
    def read(cls, path):
        file = os.path.join(os.path.basename(os.path.dirname(path)), os.path.basename(path))
        try:
            with open(path, "rb") as stream:
                return cls(tomllib.load(stream), file)
        except OSError as error:
            raise LabError(f"{path}: {error.strerror}") from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise LabError(f"{file}: not valid TOML: {error}") from error

    def error(self, text):
        where = f" [{self.path}]" if self.path else ""
        return LabError(f"{self.file}:{where} {text}")

    def take(self, key, kind, default=REQUIRED, choices=None):
        self.known.append(key)
        if key not in self.values:
            if default is REQUIRED:
                raise self.error(f"'{key}' is missing")
            return default
        value = self.values.pop(key)
        kinds = kind if isinstance(kind, tuple) else (kind,)
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            names = " or ".join({str: "text", int: "a number", bool: "true or false", list: "a list",
                                 dict: "a table"}[one] for one in kinds)
            raise self.error(f"'{key}' must be {names}, not {value!r}")
        if choices and value not in choices:
            raise self.error(f"'{key}' must be one of {', '.join(map(str, choices))}, not {value!r}")
        return value

    def take_list(self, key, kind, default=()):
        values = self.take(key, list, list(default))
        for value in values:
            if not isinstance(value, kind) or isinstance(value, bool):
                raise self.error(f"'{key}' has an element of the wrong kind: {value!r}")
        return values

    def take_settings(self, key):
        """A table of names and plain values, such as the settings of a server."""
        settings = self.take(key, dict, {})
        for name, value in settings.items():
            if not isinstance(value, (str, int)) or isinstance(value, bool):
                raise self.error(f"'{key}.{name}' must be text or a number (write yes and no as \"yes\" and \"no\")")
        return {name: str(value) for name, value in settings.items()}

    def table(self, key):
        """The sub-table of that name, or None."""
        values = self.take(key, dict, None)
        return None if values is None else Table(values, self.file, self._join(key))

    def tables(self, key):
        """A table of named sub-tables, as [key.NAME]."""
        outer = self.take(key, dict, {})
        for name, values in outer.items():
            if not isinstance(values, dict):
                raise self.error(f"'{key}.{name}' must be a table")
        return {name: Table(values, self.file, f"{self._join(key)}.{name}") for name, values in outer.items()}

    def table_list(self, key):
        """A list of tables, as [[key]]."""
        return [Table(values, self.file, self._join(key)) for values in self.take_list(key, dict)]

    def finish(self):
        if self.values:
            raise self.error(f"unknown key '{sorted(self.values)[0]}' (known here: {', '.join(sorted(self.known))})")

    def _join(self, key):
        return f"{self.path}.{key}" if self.path else key
